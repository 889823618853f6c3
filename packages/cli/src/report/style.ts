import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

export interface Style {
  paint(format: Format, text: string): string;
}

/** No colour: for files. */
export const plainStyle: Style = { paint: (_, text) => text };

/**
 * Colour or none. NO_COLOR (https://no-color.org) and FORCE_COLOR decide where they are set and not empty,
 * FORCE_COLOR=0 meaning none; otherwise there is colour on a terminal only.
 */
export function styleFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  const force = environment["FORCE_COLOR"];
  const no = environment["NO_COLOR"];
  let colour = stream.isTTY === true && environment["TERM"] !== "dumb";
  if (force !== undefined && force !== "") colour = force !== "0" && force !== "false";
  else if (no !== undefined && no !== "") colour = false;
  return {
    paint: (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text),
  };
}
