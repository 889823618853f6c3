/** One line that replaces itself. */
export interface Progress {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** Milliseconds that work may take in silence, and between two lines. */
const SILENCE = 1000;
const PAUSE = 100;

/** Shows how far a scan is, once it takes long. */
export function scanProgress({ show }: Progress, now: () => number = performance.now.bind(performance)): (before: number, all: number) => void {
  let next = now() + SILENCE;
  return (before, all) => {
    const time = now();
    if (time < next) return;
    next = time + PAUSE;
    show(`reading ${before} of ${all} files`);
  };
}

/** On a terminal only: elsewhere a log would keep every line. */
export function progressOn(stream: { readonly isTTY?: boolean; write(text: string): unknown }): Progress {
  if (stream.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let shown = false;
  return {
    show: (text) => {
      shown = true;
      stream.write(`\r\x1b[2K${text}`);
    },
    clear: () => {
      if (shown) stream.write("\r\x1b[2K");
      shown = false;
    },
  };
}
