import { posix } from "node:path";
import type { TemplateDefaults } from "./template-expression.ts";

/** A file that systemd would read, or a template of one. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
  readonly defaults?: TemplateDefaults | undefined;
}

/** A unit with its drop-ins, in the order in which systemd reads them. */
export interface LayeredUnit {
  /** "shop.service", "shop@.service" */
  readonly name: string;
  /** Never empty. The unit's own file first, where the tree has it. */
  readonly files: readonly [UnitFile, ...UnitFile[]];
}

const templateSuffix = /\.(?:j2|jinja2?|erb|tpl|tmpl|template|in|example|sample|dist|default)$/;
const unitName = /^[^/]+\.(?:service|socket)$/;
/** Where systemd looks, what is found first winning over the same name in the next. systemd.unit(5), Unit File Load Path. */
const searched = ["etc/systemd/", "run/systemd/", "usr/local/lib/systemd/", "usr/lib/systemd/", "lib/systemd/"];

/** Whether a file is a service or socket unit of systemd, a drop-in of one, or a template of these, by its name. */
export function isSystemdUnit(path: string): boolean {
  return placeOf(path) !== undefined;
}

interface UnitPlace {
  readonly unit: string;
  /** Name of the drop-in; absent for the unit's own file. */
  readonly dropIn?: string;
  /** Files of one unit stand together in it: a directory, or all directories of one machine that systemd searches. */
  readonly group: string;
  /** The less, the earlier systemd searches it. */
  readonly rank: number;
}

function placeOf(path: string): UnitPlace | undefined {
  const name = posix.basename(path).replace(templateSuffix, "");
  const directory = posix.dirname(path);
  if (unitName.test(name)) return { unit: name, ...groupOf(directory) };
  const above = posix.basename(directory);
  if (!name.endsWith(".conf") || !above.endsWith(".d") || !unitName.test(above.slice(0, -2))) return undefined;
  return { unit: above.slice(0, -2), dropIn: name, ...groupOf(posix.dirname(directory)) };
}

function groupOf(directory: string): Pick<UnitPlace, "group" | "rank"> {
  for (const [rank, inside] of searched.entries()) {
    const at = `${directory}/`.lastIndexOf(inside);
    if (at !== -1 && (at === 0 || directory[at - 1] === "/")) return { group: `${directory.slice(0, at)}systemd/${directory.slice(at + inside.length)}`, rank };
  }
  return { group: directory, rank: 0 };
}

/**
 * Units with their drop-ins. A drop-in belongs to the unit beside whose directory `x.service.d` it lies, or that another
 * directory of the same machine holds (`lib/systemd/system` beside `etc/systemd/system`). Drop-ins are read by their names,
 * wherever they lie; of two with one name the one in the directory that systemd searches first counts, and so it is with
 * the unit itself. systemd.unit(5). Drop-ins for all units of a kind (`service.d/`), of a common prefix (`a-.service.d/`)
 * or of one instance (`a@b.service.d/`) are not joined to their units.
 */
export function layeredUnits(files: readonly UnitFile[]): LayeredUnit[] {
  interface Group {
    readonly name: string;
    own: { readonly file: UnitFile; readonly rank: number }[];
    readonly dropIns: Map<string, { readonly file: UnitFile; readonly rank: number }>;
  }
  const groups = new Map<string, Group>();
  for (const file of files) {
    const place = placeOf(file.path);
    if (place === undefined) continue;
    const { unit, group: at, rank } = place;
    const key = `${at}/${unit}`;
    const group = groups.get(key) ?? { name: unit, own: [], dropIns: new Map<string, { file: UnitFile; rank: number }>() };
    groups.set(key, group);
    if (place.dropIn === undefined) group.own.push({ file, rank });
    else if (rank < (group.dropIns.get(place.dropIn)?.rank ?? Infinity)) group.dropIns.set(place.dropIn, { file, rank });
  }
  return [...groups.values()].flatMap(({ name, own, dropIns }): LayeredUnit[] => {
    const later = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { file }]) => file);
    const best = own.reduce((least, { rank }) => Math.min(least, rank), Infinity);
    // A unit and its template, side by side, are two units.
    const mains = own.filter(({ rank }) => rank === best).map(({ file }) => file);
    if (mains.length > 0) return mains.map((main) => ({ name, files: [main, ...later] }));
    const [first, ...rest] = later;
    return first === undefined ? [] : [{ name, files: [first, ...rest] }];
  });
}
