import type { NginxService } from "@audit-backlog/model";
import { assembleNginx, type AssembledNginx } from "../src/assemble/nginx.ts";
import { globMatches } from "../src/discover/glob.ts";
import { looksLikeNginx, readNginx } from "../src/readers/nginx.ts";

/** Assembles a repository given as texts by path; `roots` as on the command line. */
export function assemble(repository: Readonly<Record<string, string>>, roots: Readonly<Record<string, string>> = {}): AssembledNginx {
  const paths = Object.keys(repository);
  const nginx = paths.filter((path) => looksLikeNginx(path, repository[path] ?? ""));
  return assembleNginx(new Map(nginx.map((path) => [path, readNginx(path, repository[path] ?? "")])), {
    lookup: (path) => repository[path],
    list: (glob) => paths.filter((path) => globMatches(glob, path)).sort(),
    roots: new Map(Object.entries(roots)),
    somaxconn: { value: { kind: "assumed", value: 4096 }, origin: { kind: "host", path: "/proc/sys/net/core/somaxconn" } },
  });
}

/** The only service of a repository that is one file. */
export function serviceOf(configuration: string, path = "nginx.conf"): NginxService {
  const { services } = assemble({ [path]: configuration });
  const [service, ...others] = services;
  if (service === undefined || others.length > 0) throw new Error(`${services.length} services`);
  return service;
}
