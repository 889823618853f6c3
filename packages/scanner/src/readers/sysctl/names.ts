/** Sysctls that decide how many clients a listener holds, or what becomes of the others; every other one is passed over. */
export const sysctlNames = ["net.core.somaxconn", "net.ipv4.tcp_abort_on_overflow", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_syncookies"] as const;

const known: ReadonlySet<string> = new Set(sysctlNames);

/**
 * The name with dots of a key as it is written: the first separator says whether dots or slashes part it, and the other one
 * stands for itself. sysctl.d(5); systemd: src/shared/sysctl-util.c sysctl_normalize.
 */
export function sysctlName(key: string): string {
  const path = /[./]/.exec(key)?.[0] === "." ? key.replace(/[./]/g, (separator) => (separator === "." ? "/" : ".")) : key;
  return path.split("/").filter((part) => part !== "").join(".");
}

/** Whether a name is one of `sysctlNames`. */
export function isSysctlName(name: string): boolean {
  return known.has(name);
}

/** Cheap: whether a text can name one of them at all. */
export function mentionsSysctl(text: string): boolean {
  return text.includes("somaxconn") || text.includes("tcp_abort_on_overflow") || text.includes("tcp_max_syn_backlog") || text.includes("tcp_syncookies");
}

/**
 * The number that the kernel takes from a text: decimal, octal with a leading 0 or hexadecimal; what follows a blank does not
 * count. Undefined where it takes none. linux: kernel/sysctl.c proc_get_long, strtoul_lenient.
 */
export function sysctlNumber(text: string): number | undefined {
  const [, sign = "", digits = ""] = /^[\t ]*(-?)(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)(?=[\t ]|$)/.exec(text) ?? [];
  if (digits === "") return undefined;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return value > 2_147_483_647 ? undefined : sign === "-" ? -value : value;
}

/** What the kernel accepts for each. linux: net/core/sysctl_net_core.c, net/ipv4/sysctl_net_ipv4.c. */
const ranges: Readonly<Record<(typeof sysctlNames)[number], readonly [number, number]>> = {
  "net.core.somaxconn": [0, 2_147_483_647],
  "net.ipv4.tcp_abort_on_overflow": [0, 255],
  "net.ipv4.tcp_max_syn_backlog": [-2_147_483_648, 2_147_483_647],
  "net.ipv4.tcp_syncookies": [0, 255],
};

/** Why the kernel refuses a value; undefined where it takes it. */
export function refusal(name: string, text: string): string | undefined {
  const value = sysctlNumber(text);
  const range = Object.entries(ranges).find(([key]) => key === name)?.[1];
  if (value !== undefined && (range === undefined || (value >= range[0] && value <= range[1]))) return undefined;
  return `the kernel takes no ${JSON.stringify(text)} for ${name}; the line sets nothing`;
}
