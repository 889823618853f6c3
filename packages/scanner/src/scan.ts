import type { Coverage, Deployment, FileProblem, Sourced, Sysctl } from "@audit-backlog/model";
import { assembleAsgi } from "./assemble/asgi.ts";
import { assembleChains } from "./assemble/chains.ts";
import { withoutEmbeddedNames } from "./assemble/embedded-places.ts";
import { withEnvFiles } from "./assemble/env-files.ts";
import { environmentNamer, type EnvironmentOf } from "./assemble/environments.ts";
import { assembleGunicorn } from "./assemble/gunicorn.ts";
import { assembleNginx } from "./assemble/nginx.ts";
import { withUnits } from "./assemble/nginx-units.ts";
import { assembleNode } from "./assemble/node.ts";
import { inSurroundings } from "./assemble/surroundings.ts";
import { whereabouts } from "./assemble/whereabouts.ts";
import { withNodeVersion } from "./assemble/node-version.ts";
import { Versions } from "./assemble/versions.ts";
import { decode } from "./discover/decode.ts";
import { kindOf } from "./discover/kinds.ts";
import type { FileText, Tree } from "./discover/tree.ts";
import type { CommandLine, Lookup, Place, PythonSettings } from "./facts.ts";
import { readDockerfile, type ImageStage } from "./readers/commands/dockerfile.ts";
import type { Binding } from "./readers/commands/shell-scope.ts";
import { isDockerfile, looksLikeCompose, mightHoldCommands, readCommands } from "./readers/commands/index.ts";
import { readComposeFiles } from "./readers/compose.ts";
import { looksLikeGunicornConfig, readGunicornConfig } from "./readers/gunicorn-config.ts";
import { mightListen } from "./readers/javascript-might-listen.ts";
import { readJavaScript, type JavaScriptFacts } from "./readers/javascript.ts";
import { looksLikeKubernetes, readKubernetes, readObjects, type KubernetesFile } from "./readers/kubernetes/index.ts";
import { looksLikeNginx, readNginx, type NginxFacts } from "./readers/nginx.ts";
import { mightBeNodeConfig, readNodeConfig, type NodeConfigFile } from "./readers/node-config.ts";
import { mightBePm2, readPackagePm2, readPm2, type Pm2App } from "./readers/pm2.ts";
import { commandSysctls } from "./readers/sysctl/commands.ts";
import { isSysctlFile, readSysctlFile, type SysctlFile } from "./readers/sysctl/file.ts";
import { machineSysctls } from "./readers/sysctl/machine.ts";
import { readSysctlYaml } from "./readers/sysctl/yaml.ts";
import { isTemplateName } from "./readers/template.ts";
import { TemplateDefaultFiles } from "./readers/template-defaults.ts";
import { readSystemd } from "./readers/systemd.ts";
import type { SystemdSocket } from "./readers/systemd-socket.ts";
import { isSystemdUnit, type UnitFile } from "./readers/systemd-unit-files.ts";

export interface ScanOptions {
  /** Called for each file before it is read, with how many came before it and how many there are. */
  readonly onFile?: (before: number, all: number) => void;
  /** Environments of the repository, by name: globs of their paths. Servers of different ones are never linked. */
  readonly environments?: ReadonlyMap<string, readonly string[]>;
  /** Where absolute paths of the configurations lie in the tree: "/etc/nginx" → "deploy/nginx". */
  readonly roots: ReadonlyMap<string, string>;
  /** net.core.somaxconn of the machines that the servers run on. */
  readonly somaxconn: Sourced<number>;
  /** The release of their kernels ("5.3"), which decides what somaxconn is where nothing sets it. */
  readonly kernel?: string;
}

/**
 * Reads a tree and says which servers it holds, where they listen, and who stands in front of whom. Executes nothing
 * of it. What can't be read or understood is in `coverage`; nothing throws for it.
 */
export function scan(tree: Tree, options: ScanOptions): Deployment {
  const reading = new Reading(tree);
  for (const [before, file] of tree.files.entries()) {
    options.onFile?.(before, tree.files.length);
    reading.offer(file);
  }
  const lookup: Lookup = (path) => reading.lookUp(path);
  const environmentOf = environmentNamer(options.environments);
  const { somaxconn, roots } = options;
  reading.join(lookup, environmentOf, roots);
  const exists = (path: string): boolean => tree.canonical(path) !== undefined;
  const found = whereabouts({ places: reading.places, commands: withEnvFiles(reading.commands, lookup), images: reading.images, exists: (path) => reading.embedded.has(path) || exists(path), lookup });
  const { commands } = found;
  const versions = new Versions(tree.files, lookup);
  const nginx = assembleNginx(reading.nginx, { lookup, list: (pattern) => (reading.embedded.has(pattern) ? [pattern] : tree.glob(pattern)), roots, nginxWith: found.nginxWith, somaxconn });
  const gunicorn = assembleGunicorn({ commands, configs: reading.gunicorn, sockets: reading.sockets, lookup, fileAt: found.fileAt, versions, somaxconn });
  const asgi = assembleAsgi({ commands, sockets: reading.sockets, lookup, somaxconn });
  const node = assembleNode({
    files: reading.javascript,
    commands,
    pm2: reading.pm2,
    configs: reading.nodeConfigs,
    manifests: tree.files.filter((file) => file === "package.json" || file.endsWith("/package.json")),
    lookup,
    exists,
    somaxconn,
  });
  // What a container runs sets its own namespace, if anything.
  const onMachines = commands.filter((command) => found.placesOf(command).every(({ surroundings: { network } }) => "value" in network.value && network.value.value === "host"));
  const hostSysctls = [...machineSysctls(reading.sysctlFiles), ...reading.sysctls, ...commandSysctls(onMachines)].map((sysctl) => inEnvironmentOf(sysctl, environmentOf));
  const nodeServices = node.services.map((service) => withNodeVersion(service, node.startedBy.get(service.id) ?? [], versions));
  const services = inSurroundings([...nginx.services, ...gunicorn.services, ...asgi.services, ...nodeServices], {
    places: reading.places,
    hostSysctls,
    startedBy: new Map([...gunicorn.startedBy, ...asgi.startedBy, ...node.startedBy]),
    placesOf: found.placesOf,
    placed: withUnits({ services: nginx.services, placed: nginx.places, places: reading.places, commands, placesOf: found.placesOf, roots, environmentOf }),
    environmentOf,
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
  });
  const { chains, unresolved, problems } = assembleChains(services, reading.places);
  for (const file of nginx.read) reading.note("nginx", file);
  reading.report([...nginx.problems, ...gunicorn.problems, ...asgi.problems, ...node.problems, ...problems]);
  const surroundings = reading.places.map((place) => place.surroundings);
  return withoutEmbeddedNames({ services, chains, unresolved, surroundings, hostSysctls, templates: reading.templates, coverage: reading.coverage() }, new Set(reading.embedded.keys()));
}

function inEnvironmentOf(sysctl: Sysctl, environmentOf: EnvironmentOf): Sysctl {
  const { environment = sysctl.value.origin.kind === "file" ? environmentOf(sysctl.value.origin.file) : undefined } = sysctl;
  return environment === undefined ? sysctl : { ...sysctl, environment };
}

/** The build arguments of an image that all who build it agree on. */
function sameArguments(builds: readonly NonNullable<Place["build"]>[]): ReadonlyMap<string, Binding> | undefined {
  const [first, ...others] = builds.map(({ given = new Map<string, Binding>() }) => given);
  if (first === undefined) return undefined;
  return new Map([...first].filter(([name, { text }]) => others.every((given) => given.get(name)?.text === text)));
}

/** What the readers found, file by file, and what became of each file. */
class Reading {
  readonly nginx = new Map<string, NginxFacts>();
  readonly gunicorn = new Map<string, PythonSettings>();
  readonly javascript = new Map<string, JavaScriptFacts>();
  readonly commands: CommandLine[] = [];
  readonly sockets: SystemdSocket[] = [];
  readonly units: UnitFile[] = [];
  readonly pm2: Pm2App[] = [];
  readonly nodeConfigs: NodeConfigFile[] = [];
  readonly sysctlFiles: SysctlFile[] = [];
  readonly sysctls: Sysctl[] = [];
  readonly manifests: KubernetesFile[] = [];
  readonly compose: string[] = [];
  readonly dockerfiles: string[] = [];
  /** The build stages of each Dockerfile. */
  readonly images = new Map<string, readonly ImageStage[]>();
  /** Configurations inside other files, by the name that mounts have for them. */
  readonly embedded = new Map<string, string>();
  readonly places: Place[] = [];

  readonly #tree: Tree;
  readonly #templates = new Set<string>();
  readonly #defaults = new TemplateDefaultFiles((path) => this.lookUp(path));
  readonly #read = new Map<string, Set<string>>();
  readonly #partial = new Map<string, FileProblem>();
  readonly #skipped = new Map<string, FileProblem>();
  #seen = 0;

  constructor(tree: Tree) {
    this.#tree = tree;
    for (const problem of tree.leftOut) this.#skipped.set(problem.file, problem);
  }

  /** Opens a file if its name says that a reader may want it, and lets every reader have a look. */
  offer(file: string): void {
    const kind = kindOf(file);
    if (kind === undefined) return;
    const bytes = this.#tree.bytes(file);
    if (bytes === undefined) return;
    this.#seen += 1;
    if ("reason" in bytes) {
      this.#skipped.set(file, bytes);
      return;
    }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // A first look at the bytes: most files need no more.
    if (kind === "javascript" && !mightListen(buffer) && !mightBePm2(file) && !mightBeNodeConfig(file)) return;
    if (kind === "bare" && !(bytes[0] === 0x23 && bytes[1] === 0x21) && bytes.length > 0) return;
    const content = decode(file, bytes);
    if (!("text" in content)) {
      if (kind !== "bare") this.#skipped.set(file, content);
      return;
    }
    if (kind === "javascript") this.#offerJavaScript(file, content, mightListen(buffer));
    else this.#offerText(file, content);
  }

  #offerJavaScript(file: string, content: FileText, listens: boolean): void {
    if (listens) {
      const facts = readJavaScript(file, content.text);
      this.javascript.set(file, facts);
      this.#took("javascript", file, content, facts.problems);
    }
    if (mightBePm2(file)) this.#offerPm2(file, content, readPm2(file, content.text));
    if (mightBeNodeConfig(file)) this.nodeConfigs.push(readNodeConfig(file, content.text));
  }

  #offerPm2(file: string, content: FileText, facts: ReturnType<typeof readPm2>): void {
    if (facts.apps.length === 0 && facts.problems.length === 0) return;
    this.pm2.push(...facts.apps);
    this.#took("pm2", file, content, facts.problems);
  }

  #offerText(file: string, content: FileText): void {
    const { text } = content;
    // Files of node-config count as read only when a listen() call asks for one of their values.
    if (mightBeNodeConfig(file)) this.nodeConfigs.push(readNodeConfig(file, text));
    if (isSysctlFile(file)) {
      const facts = readSysctlFile(file, text);
      this.sysctlFiles.push(facts);
      this.#took("sysctl", file, content, facts.problems);
      return;
    }
    if (/\.ya?ml/.test(file) && !this.#defaults.charts.isValues(file)) this.#offerSysctls(file, readSysctlYaml(file, text));
    if (isSystemdUnit(file)) {
      // systemd: src/shared/conf-parser.c config_parse passes over a byte order mark.
      this.units.push({ path: file, text: text.replace(/^\uFEFF/, " "), defaults: this.#defaults.of(file) });
      if (content.problem !== undefined) this.report([content.problem]);
    } else if (looksLikeNginx(file, text)) {
      this.nginx.set(file, readNginx(file, text, this.#defaults.of(file)));
      this.#took("nginx", file, content, []);
    } else if (looksLikeGunicornConfig(file, text)) {
      const facts = readGunicornConfig(file, text, undefined, this.#defaults.of(file));
      this.gunicorn.set(file, facts);
      this.#took("gunicorn", file, content, facts.problems);
    } else if (looksLikeKubernetes(file, text)) {
      const manifest = readObjects(file, text, this.#defaults.charts.of(file));
      this.manifests.push(manifest);
      if (manifest.roots.some(({ tree }) => tree.isTemplate)) this.#templates.add(file);
      this.#took("kubernetes", file, content, manifest.problems);
    } else if (isDockerfile(file)) {
      this.dockerfiles.push(file);
    } else if (looksLikeCompose(file, text)) {
      this.compose.push(file);
      this.#took("compose", file, content, []);
    } else {
      const commands = mightHoldCommands(file, text) ? readCommands(file, text, this.#defaults.of(file)) : undefined;
      if (commands !== undefined) {
        this.commands.push(...commands.commands);
        if (commands.commands.length > 0 || commands.problems.length > 0) this.#took("commands", file, content, commands.problems);
      }
      if (mightBePm2(file)) this.#offerPm2(file, content, readPm2(file, text));
      else if (file.endsWith("package.json")) this.#offerPm2(file, content, readPackagePm2(file, text));
    }
  }

  #offerSysctls(file: string, sysctls: readonly Sysctl[]): void {
    this.sysctls.push(...sysctls);
    if (sysctls.length > 0) this.note("sysctl", file);
  }

  #took(reader: string, file: string, content: FileText, problems: readonly FileProblem[]): void {
    this.note(reader, file);
    if (isTemplateName(file) || this.nginx.get(file)?.isTemplate === true || this.#defaults.charts.of(file) !== undefined) this.#templates.add(file.replace(/#.*$/s, ""));
    this.report(content.problem === undefined ? problems : [content.problem, ...problems]);
  }

  note(reader: string, file: string): void {
    const files = this.#read.get(reader);
    if (files === undefined) this.#read.set(reader, new Set([file]));
    else files.add(file);
  }

  report(problems: readonly FileProblem[]): void {
    for (const problem of problems) {
      this.#partial.set(`${problem.file}:${problem.range?.start.offset ?? ""}:${problem.reason}`, problem);
    }
  }

  /** Files that are templates or fill them in. */
  get templates(): readonly string[] {
    return [...this.#templates, ...this.#defaults.files].sort();
  }

  /** What several files say together, once all of them were read. */
  join(lookup: Lookup, environmentOf: EnvironmentOf, roots: ReadonlyMap<string, string>): void {
    const systemd = readSystemd({ files: this.units, tree: this.#tree.files, lookup, roots, environmentOf });
    this.commands.push(...systemd.commands);
    this.places.push(...systemd.places);
    this.sockets.push(...systemd.sockets);
    for (const file of systemd.read) this.#took("systemd", file, { text: "" }, []);
    this.report(systemd.problems);
    const kubernetes = readKubernetes(this.manifests, environmentOf);
    const compose = readComposeFiles(this.compose, lookup, environmentOf);
    for (const file of compose.templates) this.#templates.add(file);
    for (const { commands, places, problems, embedded } of [kubernetes, compose]) {
      this.commands.push(...commands);
      this.places.push(...places);
      this.report(problems);
      for (const { path, text } of embedded) this.embedded.set(path, text);
    }
    for (const [path, text] of this.embedded) this.#offerText(path, { text });
    for (const file of this.dockerfiles) this.#readImage(file, lookup(file) ?? "");
  }

  /** A Dockerfile's paths are those of the build context that somebody names for it. */
  #readImage(file: string, text: string): void {
    const builds = this.places.flatMap(({ build }) => (build?.dockerfile === file ? [build] : []));
    const contexts = new Set(builds.flatMap(({ context }) => context ?? []));
    const [context] = contexts;
    const { commands, stages, problems } = readDockerfile(file, text, contexts.size === 1 ? context : undefined, sameArguments(builds));
    this.images.set(file, stages);
    this.commands.push(...commands);
    if (commands.length > 0 || problems.length > 0) this.#took("commands", file, { text }, problems);
  }

  /** The text of another file that something includes or imports. */
  lookUp(path: string): string | undefined {
    const embedded = this.embedded.get(path);
    if (embedded !== undefined) return embedded;
    const file = this.#tree.canonical(path);
    if (file === undefined) return undefined;
    const content = this.#tree.text(file);
    if (content === undefined) return undefined;
    if ("text" in content) return content.text;
    this.#skipped.set(file, content);
    return undefined;
  }

  coverage(): Coverage {
    const byPlace = (a: FileProblem, b: FileProblem): number =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : (a.range?.start.offset ?? 0) - (b.range?.start.offset ?? 0);
    return {
      filesSeen: this.#seen,
      read: Object.fromEntries([...this.#read].map(([reader, files]) => [reader, [...files].sort()])),
      partial: [...this.#partial.values()].sort(byPlace),
      skipped: [...this.#skipped.values()].sort(byPlace),
    };
  }
}
