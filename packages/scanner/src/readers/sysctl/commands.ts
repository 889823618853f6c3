import type { Sysctl } from "@audit-backlog/model";
import type { CommandLine, CommandWord } from "../../facts.ts";
import { programAt } from "../commands/program-at.ts";
import { isSysctlName, sysctlName, sysctlNumber } from "./names.ts";

/**
 * What `sysctl -w name=value` sets, wherever a script runs it (the last of one name in a file wins). A Dockerfile's RUN sets
 * nothing: it acts on the machine that builds, and only there. sysctl(8).
 */
export function commandSysctls(commands: readonly CommandLine[]): Sysctl[] {
  const found = new Map<string, Sysctl>();
  for (const command of commands) {
    if (command.holder.kind === "dockerfile") continue;
    for (const sysctl of settingsOf(command)) found.set(`${command.file}\0${sysctl.name}`, sysctl);
  }
  return [...found.values()];
}

function settingsOf(command: CommandLine): Sysctl[] {
  const { program, index } = programAt(command);
  return program === "sysctl" ? command.words.slice(index + 1).flatMap((word) => settingOf(word, command.file)) : [];
}

/** `name=value`, as one word; `sysctl -w` is only custom, the equals sign is what makes it a setting. */
function settingOf({ value, text, range }: CommandWord, file: string): Sysctl[] {
  const known = value.kind === "exact" || value.kind === "assumed" ? value.value : undefined;
  const [, key = "", written] = /^([\w./-]+)=(.*)$/s.exec(known ?? text.replace(/^["']/, "")) ?? [];
  const name = sysctlName(key);
  if (written === undefined || !isSysctlName(name)) return [];
  const origin = { kind: "file", file, range } as const;
  if (known === undefined) return [{ name, value: { value: { kind: "dynamic" }, origin, text } }];
  const number = sysctlNumber(written);
  if (number === undefined) return [];
  const kind = value.kind === "assumed" ? "assumed" : "exact";
  return [{ name, value: { value: { kind, value: number }, origin, text } }];
}
