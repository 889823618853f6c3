import { wholeWord, AnnotatedBuilder, type Annotated } from "../commands/annotated.ts";
import { dynamicPiece, joinPieces } from "../commands/pieces.ts";
import { bindingAt, type Binding, type ReadWord } from "../commands/shell-scope.ts";
import { expansionParts } from "./expansion.ts";
import type { YamlValue } from "./yaml-tree.ts";

/** Values of the ConfigMaps in reach, by key; undefined where the map is not in the tree. */
export type ConfigMaps = (name: string) => ReadonlyMap<string, YamlValue> | undefined;

export interface ContainerEnvironment {
  readonly variables: ReadonlyMap<string, Binding>;
  /** A Secret, or a map outside the tree, may hold variables that no file here names. */
  readonly open: boolean;
}

const maxVariables = 500;

/** `env` and `envFrom` of a container; `env` wins (kubernetes: pkg/kubelet/kubelet_pods.go makeEnvironmentVariables). */
export function containerEnvironment(container: YamlValue, maps: ConfigMaps): ContainerEnvironment {
  const variables = new Map<string, Binding>();
  let open = false;
  for (const source of container.at("envFrom")?.items() ?? []) {
    const name = source.at("configMapRef", "name")?.text;
    const data = name === undefined ? undefined : maps(name);
    if (data === undefined) open = true;
    const prefix = source.at("prefix")?.text ?? "";
    for (const [key, value] of data ?? []) variables.set(`${prefix}${key}`, bindingOf(value, undefined));
  }
  for (const entry of (container.at("env")?.items() ?? []).slice(0, maxVariables)) {
    const name = entry.at("name")?.text;
    if (name === undefined) continue;
    const value = entry.at("value");
    const from = entry.at("valueFrom");
    const key = from?.at("configMapKeyRef", "key")?.text;
    const map = from?.at("configMapKeyRef", "name")?.text;
    const mapped = key === undefined || map === undefined ? undefined : maps(map)?.get(key);
    if (value !== undefined) variables.set(name, bindingOf(value, { variables, open }));
    else if (mapped !== undefined) variables.set(name, bindingOf(mapped, undefined));
    else if (from !== undefined) variables.set(name, unknownBinding(from, name));
    else variables.set(name, bindingAt(entry.tree.source, [], entry.origin.range.start.offset, entry.origin.range.end.offset, true));
  }
  return { variables, open };
}

function bindingOf(value: YamlValue, environment: ContainerEnvironment | undefined): Binding {
  const { start, end } = value.origin.range;
  const annotated = environment === undefined ? plain(value) : expand(value, environment);
  if (annotated === undefined) return unknownBinding(value, undefined);
  const word = wholeWord(annotated, value.tree.source);
  return bindingAt(value.tree.source, [{ value: word.value, mapped: annotated.mapped, template: word.template }], start.offset, end.offset, true);
}

function unknownBinding(value: YamlValue, variable: string | undefined): Binding {
  const { start, end } = value.origin.range;
  const { source } = value.tree;
  return bindingAt(source, [dynamicPiece(new AnnotatedBuilder(start.offset).build().mapped, variable)], start.offset, end.offset, true);
}

function plain(value: YamlValue): Annotated | undefined {
  const { mapped } = value;
  return mapped === undefined ? undefined : { mapped, spans: [] };
}

/** A scalar as one word of a command line, its `$(NAME)`s replaced. */
export function expandedWord(value: YamlValue, environment: ContainerEnvironment): ReadWord | undefined {
  const annotated = expand(value, environment);
  if (annotated === undefined) return undefined;
  const word = wholeWord(annotated, value.tree.source);
  const { origin, via } = value.place;
  // A word that is nothing but a value of the chart is changed there.
  return via.length === 0 ? word : { ...word, range: origin.range, file: origin.file, via };
}

/** Variables that Kubernetes itself makes of the Services around (kubernetes.io/docs/concepts/services-networking/service). */
const ofServices = /_(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_\w+)?$/;

function expand(value: YamlValue, environment: ContainerEnvironment): Annotated | undefined {
  const { mapped } = value;
  if (mapped === undefined) return undefined;
  const builder = new AnnotatedBuilder(mapped.start(0));
  for (const part of expansionParts(mapped)) {
    const [start, end] = [mapped.start(part.from), mapped.end(part.to)];
    if (part.kind === "plain") builder.plain(mapped.slice(part.from, part.to));
    else if (part.kind === "escape") builder.escape(part.text, start, end);
    else {
      const { name } = part;
      const binding = environment.variables.get(name);
      const known = binding === undefined ? undefined : joinPieces(binding.pieces);
      if (known?.kind === "exact") builder.escape(known.value, start, end);
      else if (known?.kind === "assumed") builder.span({ ...known, variable: known.variable ?? name }, start, end, "opaque");
      else if (binding === undefined && !environment.open && !ofServices.test(name)) builder.plain(mapped.slice(part.from, part.to));
      else builder.span({ kind: "dynamic", variable: name }, start, end, "opaque");
    }
  }
  return builder.build();
}
