export { describeWith, oracleVersion, type Oracle } from "./oracle.ts";
