//#region src/action-arguments.ts
/**
* The command line for the inputs of action.yml. GitHub hands them over as INPUT_ variables (actions/toolkit: packages/core
* getInput), so no shell reads them and nothing needs quotes.
*/
function actionArguments(environment) {
	const input = (name) => (environment[`INPUT_${name}`] ?? "").trim();
	const sarif = input("SARIF");
	return [
		"--format",
		input("FORMAT") || "github",
		...sarif === "" ? [] : ["--format", `sarif=${sarif}`],
		...input("ARGS").split(/\s+/).filter((word) => word !== ""),
		"--",
		...input("PATHS").split("\n").map((line) => line.trim()).filter((line) => line !== "")
	];
}
//#endregion
//#region src/action.ts
process.argv.splice(2, Infinity, ...actionArguments(process.env));
await import(new URL("audit-backlog.cjs", import.meta.url).href);
//#endregion
export {};
