import { describe, expect, it } from "vitest";
import type { AsgiService } from "@audit-backlog/model";
import { chainIds, scanned, shownNumber } from "./scanning.ts";

function servers(files: Readonly<Record<string, string>>): AsgiService[] {
  return scanned(files).services.filter((service) => service.kind === "asgi");
}

function listening(files: Readonly<Record<string, string>>): string[] {
  return servers(files).flatMap(({ id, listeners }) => listeners.map((listener) => `${listener.id.slice(id.length + 1)} ${shownNumber(listener.backlog.requested)}`));
}

const supervised = (command: string, more = ""): Readonly<Record<string, string>> => ({ "supervisord.conf": `[fcgi-program:asgi]\nsocket=tcp://localhost:8000\n${more}command=${command}\nnumprocs=4\nprocess_name=asgi%(process_num)d\n` });

describe("sockets that are handed over", () => {
  it("are those of supervisord's [fcgi-program]: daphne leaves their backlog, uvicorn listens again", () => {
    expect(listening(supervised("daphne --fd 0 shop.asgi:application"))).toEqual(["localhost:8000 dynamic supervisord.conf:2"]);
    expect(listening(supervised("daphne --fd 0 shop.asgi:application", "socket_backlog=64\n"))).toEqual(["localhost:8000 64 supervisord.conf:3"]);
    expect(listening(supervised("uvicorn --fd 0 shop.asgi:application", "socket_backlog=64\n"))).toEqual(["localhost:8000 ~2048 uvicorn"]);
  });

  it("are those of a socket unit", () => {
    const units = (command: string): Readonly<Record<string, string>> => ({ "a.socket": "[Socket]\nListenStream=/run/a\nListenStream=8001\nBacklog=64\n", "a.service": `[Service]\nExecStart=/bin/${command}\n` });
    expect(listening(units("uvicorn a:app --fd 3 --backlog 65"))).toEqual(["unix:/run/a 65 a.service:2"]);
    expect(listening(units("daphne --fd 4 a:app"))).toEqual(["[::]:8001 64 a.socket:4"]);
    expect(listening(units("uvicorn a:app --fd 9"))).toEqual(["fd://9 ~2048 uvicorn"]);
  });

  it("stand behind nginx", () => {
    expect(chainIds(scanned({ ...supervised("daphne --fd 0 shop.asgi:application"), "nginx.conf": "events {}\nhttp { server { listen 80; location / { proxy_pass http://localhost:8000; } } }\n" }))).toEqual(["nginx:nginx.conf#*:80 > daphne:supervisord.conf:asgi#localhost:8000"]);
  });
});

describe("command lines", () => {
  it.each([
    ["pip install uvicorn", 0],
    ["uvicorn --version", 0],
    ["uvicorn", 0],
    ["fastapi run", 1],
    ["fastapi dev main.py", 1],
    ["fastapi login", 0],
    ["poetry run uvicorn shop:app", 1],
    ['uvicorn "$@"', 1],
    ["gunicorn -k uvicorn.workers.UvicornWorker a", 0],
  ])("start a server or none: %s", (line, count) => {
    expect(servers({ "start.sh": `#!/bin/sh\n${line}\n` })).toHaveLength(count);
  });

  it("are as certain as their words", () => {
    expect(listening({ "start.sh": "#!/bin/sh\nuvicorn a:app --host 0.0.0.0 --port ${PORT:-80} --backlog $BACKLOG\n" })).toEqual(["*:80 dynamic start.sh:2"]);
    expect(servers({ "start.sh": "#!/bin/sh\nuvicorn a:app --port 80 --workers ${W:-3} --limit-concurrency 9 --reload-dir x\n" })[0]?.settings).toMatchObject({ workers: { value: { kind: "assumed", value: 3, variable: "W" } }, limit_concurrency: { value: { kind: "exact", value: 9 } } });
    expect(servers({ "start.sh": "#!/bin/sh\nuvicorn a:app --workers 3 --reload\n" })[0]?.settings.workers).toMatchObject({ value: { kind: "exact", value: 1 }, text: "--reload" });
  });

  it("name a configuration that may say what nothing else says", () => {
    const { services, coverage } = scanned({ Procfile: "web: hypercorn -c python:conf a:app\n" });
    expect(services.flatMap(({ listeners }) => listeners.map(({ address, backlog }) => [address.value.kind, backlog.requested.value.kind]))).toEqual([["dynamic", "dynamic"]]);
    expect(coverage.partial.map(({ reason }) => reason)).toEqual(["hypercorn's configuration python:conf was not read: what only it sets is unknown"]);
  });
});
