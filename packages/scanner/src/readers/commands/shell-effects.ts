import type { Scope } from "./shell-scope.ts";

/** What running a stretch of shell text may change. */
export interface Effects {
  /** Undefined where there are too many to keep. */
  readonly names: ReadonlySet<string> | undefined;
  /** It reads other files or texts as shell. */
  readonly outside: boolean;
  readonly changesDirectory: boolean;
}

const maxNames = 200;

/** Where a text may assign a name; the name is in a group. */
const assignments = [
  /\b([A-Za-z_]\w{0,100})(?:\[[^\]\n]{0,100}\])?\+?:?=/g,
  /\b([A-Za-z_]\w{0,100})(?:\+\+|--)|(?:\+\+|--)([A-Za-z_]\w{0,100})/g,
  /\b(?:for|select)\s+([A-Za-z_]\w{0,100})/g,
];
/** Builtins that set the names they are given. */
const builtins = /(?:^|[;&|({\s])(?:read|getopts|printf\s+-v|mapfile|readarray|unset|let)\s([^\n;&|]*)/g;

/** Read off the text, without regard to quotes and comments: finding too much is harmless. */
export function effectsOf(text: string): Effects {
  const outside = /(?:^|[;&|({\s])(?:source|eval|\.)\s/.test(text);
  const changesDirectory = /\b(?:cd|pushd|popd)\b/.test(text);
  const names = new Set<string>();
  const found = [...assignments.map((pattern) => text.matchAll(pattern)), ...[...text.matchAll(builtins)].map(({ 1: list }) => (list ?? "").matchAll(/([A-Za-z_]\w*)/g))];
  for (const matches of found) {
    for (const { 1: first, 2: second } of matches) {
      names.add(first ?? second ?? "");
      if (names.size > maxNames) return { names: undefined, outside, changesDirectory };
    }
  }
  return { names, outside, changesDirectory };
}

/** Makes unknown what may have changed. */
export function forgetEffects({ names, outside, changesDirectory }: Effects, scope: Scope): void {
  if (names === undefined) scope.forget();
  else for (const name of names) scope.forgetName(name);
  if (outside) scope.weaken();
  if (changesDirectory) scope.directory = undefined;
}
