import type { Sourced, VersionRange } from "@audit-backlog/model";
import { SourceText } from "../commands/text.ts";
import { nodeRange } from "./range.ts";

/** The Node of a Dockerfile's last stage, from `FROM node:20-alpine`; an ARG's default stands for the ARG. Undefined where it does not say. */
export function nodeOfDockerfile(path: string, text: string): Sourced<VersionRange> | undefined {
  const stages = [...text.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?/gim)].slice(0, 500);
  let stage = stages.at(-1);
  for (let hops = 0; hops < stages.length && stage !== undefined; hops += 1) {
    const base = stage[1] ?? "";
    const at = stages.indexOf(stage);
    const earlier = stages.slice(0, at).findLast(([, , alias]) => alias?.toLowerCase() === base.toLowerCase());
    if (earlier === undefined) return nodeOfImage(path, text, base, stage.index + stage[0].indexOf(base));
    stage = earlier;
  }
  return undefined;
}

function nodeOfImage(path: string, text: string, image: string, start: number): Sourced<VersionRange> | undefined {
  const tag = /(?:^|\/)node:([^@]+)/.exec(image)?.[1];
  if (tag === undefined) return undefined;
  const variable = /^\$\{?(\w+)(?::-([^}]*))?\}?/.exec(tag);
  const version = variable === null ? tag : (variable[2] ?? new RegExp(`^[ \\t]*ARG[ \\t]+${variable[1] ?? ""}=["']?([\\w.-]+)`, "im").exec(text)?.[1]);
  const range = version === undefined ? undefined : nodeRange(version.replace(/-.*$/, ""));
  if (range === undefined) return undefined;
  return { value: { kind: variable === null ? "exact" : "assumed", value: range }, origin: new SourceText(path, text).origin(start, start + image.length), text: image };
}
