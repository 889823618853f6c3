import { bool, type Constant, int, sameConstant, str } from "./values.ts";

/** Nobody configures a server with larger numbers or texts; a hostile file might. */
const maxBits = 4096n;
const maxLength = 65_536;

type Numeric = { readonly type: "int"; readonly value: bigint } | { readonly type: "float"; readonly value: number };

/** bools are ints in arithmetic. */
function numeric(constant: Constant): Numeric | undefined {
  if (constant.type === "int" || constant.type === "float") return constant;
  return constant.type === "bool" ? { type: "int", value: constant.value ? 1n : 0n } : undefined;
}

export function toFloat(constant: Constant): number | undefined {
  const number = numeric(constant);
  return number === undefined ? undefined : Number(number.value);
}

/** `left op right` as CPython computes it; undefined where it raises or the result is beyond what we follow. */
export function binary(op: string, left: Constant, right: Constant): Constant | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a.type === "int" && b.type === "int" ? intBinary(op, a.value, b.value, left, right) : floatBinary(op, a, b);
  if (op === "+") return concatenate(left, right);
  if (op === "*") return b?.type === "int" ? repeat(left, b.value) : a?.type === "int" ? repeat(right, a.value) : undefined;
  return op === "%" && left.type === "str" ? formatPercent(left.value, right) : undefined;
}

function intBinary(op: string, a: bigint, b: bigint, left: Constant, right: Constant): Constant | undefined {
  switch (op) {
    case "+":
      return bounded(a + b);
    case "-":
      return bounded(a - b);
    case "*":
      return bounded(a * b);
    case "/":
      return divide(a, b);
    case "//":
      return b === 0n ? undefined : int(floorDivide(a, b));
    case "%":
      return b === 0n ? undefined : int(a - b * floorDivide(a, b));
    case "**":
      if (b < 0n) return a === 0n ? undefined : finite(Number(a) ** Number(b));
      return (a > 1n || a < -1n) && b * BigInt(a.toString(2).length) > maxBits ? undefined : int(a ** b);
    case "<<":
      return b < 0n || b > maxBits ? undefined : bounded(a << b);
    case ">>":
      return b < 0n ? undefined : int(a >> (b > maxBits ? maxBits * 2n : b));
    case "&":
    case "|":
    case "^": {
      const value = op === "&" ? a & b : op === "|" ? a | b : a ^ b;
      return left.type === "bool" && right.type === "bool" ? bool(value !== 0n) : int(value);
    }
    default:
      return undefined;
  }
}

/** True division is correctly rounded in CPython; beyond 2**53 ours would not be. */
function divide(a: bigint, b: bigint): Constant | undefined {
  const limit = 2n ** 53n;
  const small = (n: bigint): boolean => n <= limit && n >= -limit;
  return b === 0n || !small(a) || !small(b) ? undefined : { type: "float", value: Number(a) / Number(b) };
}

function floatBinary(op: string, left: Numeric, right: Numeric): Constant | undefined {
  const a = Number(left.value);
  const b = Number(right.value);
  switch (op) {
    case "+":
      return finite(a + b);
    case "-":
      return finite(a - b);
    case "*":
      return finite(a * b);
    case "/":
      return b === 0 ? undefined : finite(a / b);
    case "//":
      return b === 0 ? undefined : finite(floatDivmod(a, b).quotient);
    case "%":
      return b === 0 ? undefined : finite(floatDivmod(a, b).rest);
    case "**":
      return finite(a ** b);
    default:
      return undefined;
  }
}

/** CPython: Objects/floatobject.c _float_div_mod. */
function floatDivmod(a: number, b: number): { readonly quotient: number; readonly rest: number } {
  let rest = a % b;
  let quotient = (a - rest) / b;
  if (rest !== 0) {
    if (b < 0 !== rest < 0) {
      rest += b;
      quotient -= 1;
    }
  } else {
    rest = b < 0 ? -0 : 0;
  }
  if (quotient === 0) return { quotient: a / b < 0 || Object.is(a / b, -0) ? -0 : 0, rest };
  const floor = Math.floor(quotient);
  return { quotient: quotient - floor > 0.5 ? floor + 1 : floor, rest };
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** Overflow, nan and complex results raise in Python or need care that no setting is worth. */
function finite(value: number): Constant | undefined {
  return Number.isFinite(value) ? { type: "float", value } : undefined;
}

function bounded(value: bigint): Constant | undefined {
  return value.toString(16).length * 4 > Number(maxBits) * 2 ? undefined : int(value);
}

function concatenate(left: Constant, right: Constant): Constant | undefined {
  if (left.type === "str" && right.type === "str") return left.value.length + right.value.length > maxLength ? undefined : str(left.value + right.value);
  if (left.type !== right.type || (left.type !== "list" && left.type !== "tuple")) return undefined;
  if (right.type !== "list" && right.type !== "tuple") return undefined;
  return left.items.length + right.items.length > maxLength ? undefined : { type: left.type, items: [...left.items, ...right.items] };
}

function repeat(constant: Constant, times: bigint): Constant | undefined {
  const length = constant.type === "str" ? constant.value.length : constant.type === "list" || constant.type === "tuple" ? constant.items.length : undefined;
  if (length === undefined) return undefined;
  const count = length === 0 || times <= 0n ? 0n : times;
  if (count * BigInt(length) > BigInt(maxLength)) return undefined;
  if (constant.type === "str") return str(constant.value.repeat(Number(count)));
  if (constant.type !== "list" && constant.type !== "tuple") return undefined;
  return { type: constant.type, items: Array.from({ length: Number(count) }, () => constant.items).flat() };
}

/** `-x`, `+x`, `~x`. */
export function unary(op: string, operand: Constant): Constant | undefined {
  const number = numeric(operand);
  if (number === undefined) return undefined;
  if (op === "~") return number.type === "int" ? int(~number.value) : undefined;
  if (op === "+") return number;
  if (op !== "-") return undefined;
  return number.type === "int" ? int(-number.value) : { type: "float", value: -number.value };
}

export function truth(constant: Constant): boolean {
  switch (constant.type) {
    case "int":
      return constant.value !== 0n;
    case "float":
      return constant.value !== 0;
    case "bool":
      return constant.value;
    case "str":
      return constant.value !== "";
    case "none":
      return false;
    case "list":
    case "tuple":
      return constant.items.length > 0;
  }
}

/** Comparisons, `in` and `is`; undefined where Python raises or the answer hangs on more than the value. */
export function compare(op: string, left: Constant, right: Constant): boolean | undefined {
  if (op.startsWith("not ")) return negate(compare(op.slice(4), left, right));
  if (op === "is not") return negate(compare("is", left, right));
  if (op === "!=") return !equal(left, right);
  if (op === "==") return equal(left, right);
  // Identity of equal numbers and texts is up to the interpreter.
  if (op === "is") return left.type === "none" || left.type === "bool" || right.type === "none" || right.type === "bool" ? sameConstant(left, right) : undefined;
  if (op === "in") {
    if (right.type === "str") return left.type === "str" ? right.value.includes(left.value) : undefined;
    return right.type === "list" || right.type === "tuple" ? right.items.some((item) => equal(item, left)) : undefined;
  }
  const a = numeric(left)?.value ?? (left.type === "str" ? left.value : undefined);
  const b = numeric(right)?.value ?? (right.type === "str" ? right.value : undefined);
  if (a === undefined || b === undefined || (typeof a === "string") !== (typeof b === "string")) return undefined;
  // Python compares by code point, JavaScript by code unit.
  if (typeof a === "string" && typeof b === "string" && /[\ud800-\udfff]/.test(a + b)) return undefined;
  if (op === "<") return a < b;
  if (op === "<=") return a <= b;
  if (op === ">") return a > b;
  return op === ">=" ? a >= b : undefined;
}

function negate(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

export function equal(left: Constant, right: Constant): boolean {
  const a = numeric(left);
  const b = numeric(right);
  // bigint and number compare by mathematical value, as int and float do in Python.
  if (a !== undefined && b !== undefined) return !(a.value < b.value) && !(a.value > b.value);
  if ((left.type === "list" || left.type === "tuple") && left.type === right.type) {
    return left.items.length === right.items.length && left.items.every((item, i) => right.items[i] !== undefined && equal(item, right.items[i]));
  }
  return sameConstant(left, right);
}

/** `str(x)`; undefined for lists, whose text nobody needs. */
export function textOf(constant: Constant): string | undefined {
  switch (constant.type) {
    case "str":
      return constant.value;
    case "int":
      return constant.value.toString();
    case "bool":
      return constant.value ? "True" : "False";
    case "none":
      return "None";
    case "float":
      return floatText(constant.value);
    case "list":
    case "tuple":
      return undefined;
  }
}

/** CPython's repr of a float: the shortest digits, as JavaScript has them, with an exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 16) {
    const plain = power < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, "").length - 1 - power)) : String(value);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** `"%s:%d" % (host, port)`: %s and %d without flags, %% ; undefined for anything else. */
function formatPercent(format: string, right: Constant): Constant | undefined {
  const operands = right.type === "tuple" ? [...right.items] : [right];
  let refused = right.type === "list";
  const value = format.replace(/%([^]?)/g, (_, kind: string) => {
    if (kind === "%") return "%";
    const operand = operands.shift();
    const text = operand === undefined || (kind === "d" && numeric(operand)?.type !== "int") ? undefined : kind === "d" ? numeric(operand)?.value.toString() : kind === "s" ? textOf(operand) : undefined;
    if (text === undefined) refused = true;
    return text ?? "";
  });
  return refused || operands.length > 0 || value.length > maxLength ? undefined : str(value);
}
