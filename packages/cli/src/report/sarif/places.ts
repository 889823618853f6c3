import type { Artifact, ArtifactLocation, Location, PhysicalLocation } from "sarif";
import type { FileOrigin } from "@audit-backlog/model";
import { regionOf } from "../places.ts";
import type { Shown } from "../shown.ts";

/** What relative URIs start from: the directory that the audit ran in, or the audited one where that lies elsewhere. */
export const BASE = "%SRCROOT%";

/** Places of one report: files by their URIs, each listed once. */
export class Places {
  readonly #shown: Shown;
  readonly #indexes = new Map<string, number>();

  constructor(shown: Shown) {
    this.#shown = shown;
    for (const file of new Set(Object.values(shown.report.deployment.coverage.read).flat().sort())) this.#indexes.set(file, this.#indexes.size);
  }

  /** Every file that was read, then those that only a place names. */
  artifacts(): Artifact[] {
    return [...this.#indexes.keys()].map((file) => ({ location: { uri: uriOf(file, this.#shown.root), uriBaseId: BASE } }));
  }

  /** A file or directory that need not be among the artifacts. */
  named(file: string): ArtifactLocation {
    const index = this.#indexes.get(file);
    return { uri: uriOf(file, this.#shown.root), uriBaseId: BASE, ...(index === undefined ? {} : { index }) };
  }

  physical(origin: FileOrigin): PhysicalLocation {
    if (!this.#indexes.has(origin.file)) this.#indexes.set(origin.file, this.#indexes.size);
    const { line, column, endLine, endColumn } = regionOf(origin, this.#shown.textOf);
    return { artifactLocation: this.named(origin.file), region: { startLine: line, startColumn: column, endLine, endColumn } };
  }

  location(origin: FileOrigin, text: string): Location {
    return { physicalLocation: this.physical(origin), message: { text } };
  }
}

/** A relative URI reference; percent-encoded, so that no character of a file's name means anything in it. */
export function uriOf(file: string, root: string): string {
  const outside = root === ".." || root.startsWith("../") || root.startsWith("/");
  const path = outside || root === "." ? file : `${root}/${file}`;
  return path.split("/").map((segment) => encodeURIComponent(wellFormed(segment))).join("/");
}

/** encodeURIComponent throws for half a surrogate pair. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
