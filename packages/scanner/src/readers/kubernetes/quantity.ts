const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number that a quantity such as `500m`, `1.5` or `2e3` stands for; undefined for what Kubernetes refuses
 * (kubernetes: apimachinery/pkg/api/resource/quantity.go: <signedNumber><suffix>). It keeps billionths, rounded up.
 */
export function parseQuantity(text: string): number | undefined {
  const match = /^([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30}))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const [, digits, suffix = ""] = match;
  const scale = /^[eE]./.test(suffix) && !Object.hasOwn(suffixes, suffix) ? 10 ** Number(suffix.slice(1)) : suffixes[suffix];
  return scale === undefined ? undefined : Number((Number(digits) * scale).toPrecision(12));
}
