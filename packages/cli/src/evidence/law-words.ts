import type { LawTrial } from "@audit-backlog/harness/laws";
import type { RecordedTrial } from "./record.ts";

type Trial<Law extends LawTrial["law"]> = Extract<LawTrial, { readonly law: Law }>;
type Counts<Law extends LawTrial["law"]> = Trial<Law>["expected"];

/** What a trial expects, or what was counted in it, in words; of the numbers that it expects something of. */
export function lawWords(trial: RecordedTrial, of: "expected" | "counts"): string {
  const expected = Object.keys(trial.expected);
  const shown = Object.fromEntries(Object.entries(trial[of]).filter(([name]) => expected.includes(name)));
  switch (trial.law) {
    case "maxFails":
      return maxFailsWords(shown);
    case "drain":
      return clientWords((shown as Counts<"drain">).clients);
    case "probeBehindQueue": {
      const { place, rounds } = shown as Counts<"probeBehindQueue">;
      return `at place ${String(place)}, answered in round ${String(rounds)}`;
    }
    case "oneAcceptATurn": {
      const { queued, turns, most } = shown as Counts<"oneAcceptATurn">;
      return `${String(queued)} clients in ${String(turns)} turns, ${String(most)} at most in one`;
    }
  }
}

function maxFailsWords({ burst, calm }: Counts<"maxFails">): string {
  const asked = burst === undefined ? [] : [`burst: ${clientWords(burst.clients)}, ${burst.queueFull} times a full queue`];
  return [...asked, `then: ${clientWords(calm?.clients)}`].join("; ");
}

function clientWords(clients: Readonly<Record<string, number>> = {}): string {
  return Object.entries(clients)
    .map(([word, count]) => `${count} × ${word}`)
    .join(", ");
}
