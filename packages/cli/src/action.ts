import { actionArguments } from "./action-arguments.ts";

// What GitHub starts: the program for commit hooks, which lies beside this one, with the arguments that the inputs of action.yml ask for.
process.argv.splice(2, Infinity, ...actionArguments(process.env));
await import(new URL("audit-backlog.cjs", import.meta.url).href);
