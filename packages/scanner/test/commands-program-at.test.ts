import { describe, expect, it } from "vitest";
import type { CommandLine } from "../src/facts.ts";
import { programAt } from "../src/readers/commands/program-at.ts";

const nowhere = { start: { offset: 0, line: 1, column: 1 }, end: { offset: 0, line: 1, column: 1 } };

/** Words are parted at blanks; a word `$X` is one known only at run time. */
function command(line: string, kind: CommandLine["holder"]["kind"] = "shell"): CommandLine {
  return {
    file: "x",
    range: nowhere,
    holder: { kind, name: "x" },
    words: line.split(" ").map((text) => ({
      text,
      range: nowhere,
      value: text.includes("$") ? { kind: "dynamic" as const } : { kind: "exact" as const, value: text },
    })),
    environment: new Map(),
    directory: "",
  };
}

describe("programAt", () => {
  it.each([
    ["gunicorn app", "gunicorn", 0],
    ["/srv/venv/bin/gunicorn app", "gunicorn", 0],
    ["exec gunicorn app", "gunicorn", 1],
    ["exec -a web gunicorn app", "gunicorn", 3],
    ["env -i A=1 B=2 gunicorn app", "gunicorn", 4],
    ["env -u HOME gunicorn app", "gunicorn", 3],
    ["/usr/bin/env gunicorn app", "gunicorn", 1],
    ["nice -n 5 nohup gunicorn app", "gunicorn", 4],
    ["sudo -E -u www-data gunicorn app", "gunicorn", 4],
    ["gosu www-data:www-data gunicorn app", "gunicorn", 2],
    ["gosu $USER gunicorn app", "gunicorn", 2],
    ["dumb-init -- gunicorn app", "gunicorn", 2],
    ["dumb-init gunicorn app", "gunicorn", 1],
    ["tini -g -- gunicorn app", "gunicorn", 3],
    ["poetry run gunicorn app", "gunicorn", 2],
    ["poetry -C api run gunicorn app", "gunicorn", 4],
    ["uvx --with gevent gunicorn app", "gunicorn", 3],
    ["hatch -e prod run gunicorn app", "gunicorn", 4],
    ["bundle exec gunicorn app", "gunicorn", 2],
    ["chamber exec shop -- gunicorn app", "gunicorn", 4],
    ["aws-vault exec shop -- gunicorn app", "gunicorn", 4],
    ["infisical run --env=prod -- gunicorn app", "gunicorn", 4],
    ["watchmedo auto-restart -d . --recursive -- gunicorn app", "gunicorn", 6],
    ["coverage run --source shop -m gunicorn app", "gunicorn", 5],
    ["strace -f -o log gunicorn app", "gunicorn", 4],
    ["systemd-run -p LimitNOFILE=9 gunicorn app", "gunicorn", 3],
    ["chamber list gunicorn", "chamber", 0],
    ["systemctl restart gunicorn", "systemctl", 0],
    ["uv run --with gunicorn --no-sync gunicorn app", "gunicorn", 5],
    ["uv sync --frozen", "uv", 0],
    ["newrelic-admin run-program gunicorn app", "gunicorn", 2],
    ["opentelemetry-instrument --service_name shop ddtrace-run gunicorn app", "gunicorn", 4],
    ["python -m gunicorn app", "gunicorn", 2],
    ["python3.11 -u -X dev -m gunicorn app", "gunicorn", 5],
    ["python /venv/bin/gunicorn app", "gunicorn", 1],
    ["python manage.py runserver", "python", 0],
    ["python -c import", "python", 0],
    ["npx pm2 start x.js", "pm2", 1],
    ["npx -y pm2@5.3.0 start x.js", "pm2", 2],
    ["pnpm exec pm2 start x.js", "pm2", 2],
    ["yarn pm2-runtime x.js", "pm2-runtime", 1],
    ["yarn start", "yarn", 0],
    ["yarn run node x.js", "node", 2],
    ["npm run start", "npm", 0],
    ["cross-env NODE_ENV=production PORT=1 node x.js", "node", 3],
    ["dotenv -e .env -- node x.js", "node", 4],
    ["dotenv -f .env run -- gunicorn app", "gunicorn", 5],
    ["./wait-for-it.sh db:5432 -t 60 -- gunicorn app", "gunicorn", 5],
    ["timeout 30s gunicorn app", "gunicorn", 2],
    ["/entrypoint.sh gunicorn app", "entrypoint.sh", 0],
    ["exec", "exec", 0],
    ["constructor x", "constructor", 0],
    ["$PROGRAM app", "", 0],
    ["exec $PROGRAM app", "", 1],
    ["$VENV/bin/gunicorn app", "gunicorn", 0],
    ['exec "${VENV}/bin/gunicorn" app', "gunicorn", 1],
    ["$VENV/bin/python -m gunicorn app", "gunicorn", 2],
    ["$DIR/${PROGRAM:-bin/gunicorn} app", "", 0],
    ["$(which gunicorn) app", "", 0],
    ["bin/start-nginx bin/start-pgbouncer-stunnel gunicorn app", "gunicorn", 2],
  ])("%s", (line, program, index) => {
    expect(programAt(command(line))).toEqual({ program, index });
  });

  it("knows a program that lies in one of several directories", () => {
    const { words } = command("/venv/bin/gunicorn gunicorn uvicorn");
    const program = (...paths: readonly string[]): string =>
      programAt({ ...command("x"), words: [{ text: "$PROGRAM", range: nowhere, value: { kind: "oneOf", options: paths.map((value) => ({ value: { kind: "exact" as const, value }, when: "if" })) } }, ...words] }).program;
    expect(program("/venv/bin/gunicorn", "gunicorn")).toBe("gunicorn");
    expect(program("/venv/bin/gunicorn", "uvicorn")).toBe("");
  });

  it("looks behind an image's entrypoint script, and only there", () => {
    expect(programAt(command("/docker-entrypoint.sh gunicorn app", "dockerfile"))).toEqual({ program: "gunicorn", index: 1 });
    expect(programAt(command("/entrypoint --flag", "dockerfile"))).toEqual({ program: "entrypoint", index: 0 });
    expect(programAt(command("./start.sh", "compose"))).toEqual({ program: "start.sh", index: 0 });
  });

  it("gives up on wrappers that never end", () => {
    const { program, index } = programAt(command("exec ".repeat(5000) + "gunicorn"));
    expect(program).toBe("exec");
    expect(index).toBeLessThan(100);
  });
});
