/** An execution's code as the host made it ready: the contract between `host/` and `guest/`. */

/** Of a line: where text was put in or taken out, and how much. Columns count from 1. */
export type LineShifts = [line: number, shifts: [column: number, added: number][]];

/** Of a line of a program that was written anew: where its parts stand in the source. */
export type LinePlaces = [column: number, sourceLine: number, sourceColumn: number][];

export interface PreparedCode {
  /** Of the execution. Places in tracebacks have it. */
  number: number;
  /** As it was given. */
  text: string;
  /** Defines the functions, before all else. Empty when there are none. */
  functions: string;
  /** The promise of `[value]`, or of undefined where no expression comes last. */
  main: string;
  /** Names that are declared at the top level. */
  names: string[];
  /** Those that must be there before the code runs. */
  hoisted: string[];
  shifts: { functions: LineShifts[]; main: LineShifts[] };
  /** Where TypeScript is more than types: by line, from 0. */
  places?: LinePlaces[] | undefined;
}

export interface Order {
  code: PreparedCode;
  /** When it began, in milliseconds since 1970. */
  clockMs: number;
  /** Nobody's: the sandbox has not begun. */
  isRehearsal?: boolean;
  /** What is played back, if anything is. */
  trace?: string | undefined;
}
