/**
 * The command line for the inputs of action.yml. GitHub hands them over as INPUT_ variables (actions/toolkit: packages/core
 * getInput), so no shell reads them and nothing needs quotes.
 */
export function actionArguments(environment: NodeJS.ProcessEnv): readonly string[] {
  const input = (name: string): string => (environment[`INPUT_${name}`] ?? "").trim();
  const sarif = input("SARIF");
  return [
    "--format",
    input("FORMAT") || "github",
    ...(sarif === "" ? [] : ["--format", `sarif=${sarif}`]),
    ...input("ARGS").split(/\s+/).filter((word) => word !== ""),
    "--",
    ...input("PATHS").split("\n").map((line) => line.trim()).filter((line) => line !== ""),
  ];
}
