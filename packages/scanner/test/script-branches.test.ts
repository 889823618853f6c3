import { expect, it } from "vitest";
import { runsFor } from "../src/assemble/script-branches.ts";

const direct = 'set -e\ncase "$1" in\n  web|server)\n    exec gunicorn a\n    ;;\n  worker) celery -A a worker ;;\n  *)\n    exec "$@" # any\n    ;;\nesac\ngunicorn b\n';
const throughFunction = 'server() {\n  exec gunicorn a\n}\nhelp() {\n  echo "the server starts gunicorn"\n}\n\ncase "$1" in\n  worker)\n    worker\n    ;;\n  server)\n    shift\n    server\n    ;;\nesac\n';
const nested = 'case $1 in\n  web)\n    case "$2" in\n      x) echo ;;\n    esac\n    gunicorn a\n    ;;\nesac\n';
const other = 'case "$MODE" in\n  web)\n    gunicorn a\n    ;;\nesac\n';

it.each([
  ["its own branch", direct, "gunicorn a", "web", true],
  ["its other label", direct, "gunicorn a", "server", true],
  ["another branch", direct, "gunicorn a", "worker", false],
  ["a branch on one line", direct, "celery", "worker", true],
  ["another than the branch on one line", direct, "celery", "web", false],
  ["the branch for everything", direct, 'exec "$@"', "web", true],
  ["what follows the branches", direct, "gunicorn b", "worker", true],
  ["a function that its branch calls", throughFunction, "exec gunicorn", "server", true],
  ["a function that another branch calls", throughFunction, "exec gunicorn", "worker", false],
  ["what follows a case within the branch", nested, "gunicorn a", "worker", false],
  ["a case of something else", other, "gunicorn a", "worker", true],
])("knows %s", (_, text, command, argument, expected) => {
  expect(runsFor(text, text.indexOf(command), argument)).toBe(expected);
});
