/** One line that replaces itself. */
export interface Progress {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** On a terminal only: elsewhere a log would keep every line. */
export function progressOn(stream: { readonly isTTY?: boolean; write(text: string): unknown }): Progress {
  if (stream.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => stream.write(`\r\x1b[2K${text}`),
    clear: () => stream.write("\r\x1b[2K"),
  };
}
