import { posix } from "node:path";
import type { Address, FileOrigin, FileProblem, Sourced } from "@audit-backlog/model";
import type { ReaderResult } from "../facts.ts";
import { wholeWord } from "./commands/annotated.ts";
import { specifiers } from "./commands/systemd-words.ts";
import { settings } from "./commands/systemd-settings.ts";
import { maskTemplates, SourceText, templateMark, type MappedText } from "./commands/text.ts";
import { parseBoolean } from "./systemd-service.ts";
import type { UnitFile } from "./systemd-unit-files.ts";
import { parseListenAddress, unsigned } from "./systemd-address.ts";

const maxLength = 1_000_000;
/** No unit has more; systemd passes each of them to the service. */
const maxListens = 1_000;
const maxProblems = 100;

/** A socket unit: what systemd listens on for a service that it hands the sockets to. */
export interface SystemdSocket {
  readonly file: string;
  /** The unit's name without `.socket`. */
  readonly name: string;
  /** The service it starts, without `.service`; undefined where that is known only at run time. */
  readonly service: string | undefined;
  /** `ListenStream=`, in the order in which the sockets are passed on. */
  readonly listens: readonly Sourced<Address>[];
  readonly backlog?: Sourced<number>;
  /** Whether systemd accepts the connections itself and starts a service for each; undefined where that is known only at run time. */
  readonly accept: boolean | undefined;
}

export interface SystemdSocketFacts extends ReaderResult {
  /** Absent for a file without a `[Socket]` section. */
  readonly socket?: SystemdSocket;
}

/**
 * Reads a socket unit and the drop-ins that follow it. What systemd ignores is a problem that names the line.
 * `name`: the unit's, where that of the file does not say it. systemd.socket(5); `BindIPv6Only=` is not read.
 */
export function readSystemdSocket(path: string, text: string, dropIns: readonly UnitFile[] = [], name = posix.basename(path)): SystemdSocketFacts {
  const unit = new Unit(path, name.replace(/\.socket.*$/, ""));
  for (const file of [{ path, text }, ...dropIns]) {
    const source = new SourceText(file.path, file.text);
    if (file.text.length > maxLength) return { problems: [source.problem(0, 0, `a unit of more than ${maxLength} characters, not read`)] };
    unit.read(source);
  }
  return unit.facts();
}

class Unit {
  readonly #file: string;
  readonly #name: string;
  /** The file that is being read. */
  #source: SourceText;
  readonly #problems: FileProblem[] = [];
  #listens: Sourced<Address>[] = [];
  #backlog: Sourced<number> | undefined;
  #service: string | undefined;
  #accept: boolean | undefined = false;
  #found = false;

  constructor(file: string, name: string) {
    this.#file = file;
    this.#source = new SourceText(file, "");
    this.#name = name;
    this.#service = name;
  }

  read(source: SourceText): void {
    this.#source = source;
    for (const { section, name, value } of settings(maskTemplates(source.text, source.path))) {
      if (section === "Socket") this.#apply(name, value);
    }
  }

  facts(): SystemdSocketFacts {
    if (!this.#found) return { problems: this.#problems };
    const backlog = this.#backlog === undefined ? {} : { backlog: this.#backlog };
    return {
      socket: { file: this.#file, name: this.#name, service: this.#service, listens: this.#listens, ...backlog, accept: this.#accept },
      problems: this.#problems,
    };
  }

  #apply(name: string, value: MappedText): void {
    this.#found = true;
    // An empty value of any of them empties the one list that all of them fill.
    if (/^Listen(?:Stream|Datagram|SequentialPacket|FIFO|Special|Netlink|MessageQueue|USBFunction)$/.test(name) && value.text === "") {
      this.#listens = [];
      return;
    }
    switch (name) {
      case "ListenStream":
        this.#listen(value);
        return;
      case "Backlog":
        this.#setBacklog(value);
        return;
      case "Accept":
        this.#setAccept(value);
        return;
      case "Service":
        this.#setService(value);
        return;
      default:
        return;
    }
  }

  #listen(value: MappedText): void {
    if (this.#listens.length >= maxListens) {
      if (this.#listens.length === maxListens) this.#problem(value, `more than ${maxListens} addresses; the rest is left out`);
      return;
    }
    const { value: written, text } = wholeWord(specifiers(value, this.#source.path), this.#source);
    const place = { origin: this.#origin(value), text };
    if (written.kind !== "exact" && written.kind !== "assumed") {
      this.#listens.push({ value: { kind: "dynamic" }, ...place });
      return;
    }
    const address = parseListenAddress(written.value);
    if (address === undefined) this.#problem(value, `systemd takes no address from ListenStream=${text}`);
    else this.#listens.push({ value: { kind: written.kind, value: address }, ...place });
  }

  #setBacklog(value: MappedText): void {
    const place = { origin: this.#origin(value), text: this.#text(value) };
    if (value.text.includes(templateMark)) this.#backlog = { value: { kind: "dynamic" }, ...place };
    else {
      const number = unsigned(value.text);
      if (number === undefined) this.#problem(value, `systemd takes no number from Backlog=${place.text}`);
      else this.#backlog = { value: { kind: "exact", value: number }, ...place };
    }
  }

  #setAccept(value: MappedText): void {
    const read = parseBoolean(value.text);
    if (value.text.includes(templateMark)) this.#accept = undefined;
    else if (read !== undefined) this.#accept = read;
    else this.#problem(value, `systemd takes no yes or no from Accept=${this.#text(value)}`);
  }

  /** systemd: src/core/load-fragment.c config_parse_socket_service. */
  #setService(value: MappedText): void {
    const { value: written, text } = wholeWord(specifiers(value, this.#source.path), this.#source);
    if (written.kind !== "exact") this.#service = undefined;
    // A template without an instance is no service.
    else if (/^[A-Za-z\d:_.\\-]+(?:@[A-Za-z\d:_.\\@-]+)?\.service$/.test(written.value) && written.value.length < 256) this.#service = written.value.slice(0, -".service".length);
    else this.#problem(value, `systemd takes no service from Service=${text}`);
  }

  #origin(value: MappedText): FileOrigin {
    return this.#source.origin(value.start(0), value.end(value.text.length));
  }

  #text(value: MappedText): string {
    const { range } = this.#origin(value);
    return this.#source.text.slice(range.start.offset, range.end.offset);
  }

  #problem(value: MappedText, reason: string): void {
    if (this.#problems.length < maxProblems) this.#problems.push(this.#source.problem(value.start(0), value.end(value.text.length), `${reason}; it ignores the line`));
  }
}
