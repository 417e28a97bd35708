/**
 * An interpreter for the classic BPF that seccomp filters use. It knows the instructions the kernel
 * accepts of our assembler and no others: anything else, a jump out of the program, or a load
 * outside `struct seccomp_data` throws, as the kernel would refuse the filter.
 */

export interface SeccompData {
  /** The system call number, as the kernel sees it: 32 bits. */
  number: number;
  /** An `AUDIT_ARCH_*` value. */
  architecture: number;
  /** Up to six 64-bit arguments; those left out are 0. */
  arguments?: readonly bigint[];
}

export interface Run {
  /** What the filter returned: an action and its data. */
  action: number;
  /** How many instructions ran. */
  steps: number;
}

interface Instruction {
  code: number;
  whenTrue: number;
  whenFalse: number;
  k: number;
}

const INSTRUCTION_BYTES = 8;
const LONGEST_PROGRAM = 4096;

const LOAD_WORD = 0x20;
const AND = 0x54;
const RETURN = 0x06;
const JUMP = 0x05;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER = 0x25;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_SET = 0x45;

/** Reads an array of little-endian `struct sock_filter`. */
export function decodeProgram(bytes: Uint8Array): Instruction[] {
  if (bytes.length === 0 || bytes.length % INSTRUCTION_BYTES !== 0) {
    throw new Error(`a program of ${bytes.length} bytes has no whole number of instructions`);
  }
  const count = bytes.length / INSTRUCTION_BYTES;
  if (count > LONGEST_PROGRAM) throw new Error(`${count} instructions: the kernel takes 4096`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => ({
    code: view.getUint16(index * INSTRUCTION_BYTES, true),
    whenTrue: view.getUint8(index * INSTRUCTION_BYTES + 2),
    whenFalse: view.getUint8(index * INSTRUCTION_BYTES + 3),
    k: view.getUint32(index * INSTRUCTION_BYTES + 4, true),
  }));
}

/** Runs a decoded program over one system call. */
export function runProgram(program: readonly Instruction[], data: SeccompData): Run {
  const words = encodeData(data);
  let accumulator = 0;
  let position = 0;
  for (let steps = 1; ; steps += 1) {
    const instruction = program[position];
    if (instruction === undefined) throw new Error(`ran out of the program at ${position}`);
    const { code, k } = instruction;
    position += 1;
    if (code === RETURN) return { action: k, steps };
    if (code === LOAD_WORD) accumulator = loadWord(words, k);
    else if (code === AND) accumulator = (accumulator & k) >>> 0;
    else if (code === JUMP) position += k;
    else position += holds(code, accumulator, k) ? instruction.whenTrue : instruction.whenFalse;
  }
}

function holds(code: number, accumulator: number, k: number): boolean {
  if (code === JUMP_EQUAL) return accumulator === k;
  if (code === JUMP_GREATER) return accumulator > k;
  if (code === JUMP_GREATER_OR_EQUAL) return accumulator >= k;
  if (code === JUMP_SET) return (accumulator & k) !== 0;
  throw new Error(`no instruction of a seccomp filter: 0x${code.toString(16)}`);
}

function loadWord(words: DataView, offset: number): number {
  if (offset % 4 !== 0 || offset + 4 > words.byteLength) {
    throw new Error(`a load at ${offset}, outside the data`);
  }
  return words.getUint32(offset, true);
}

/** `struct seccomp_data`: number, architecture, instruction pointer, six arguments. */
function encodeData(data: SeccompData): DataView {
  const words = new DataView(new ArrayBuffer(64));
  words.setUint32(0, data.number, true);
  words.setUint32(4, data.architecture, true);
  words.setBigUint64(8, 0x7f00_dead_beefn, true);
  const given = data.arguments ?? [];
  for (let index = 0; index < 6; index += 1) {
    words.setBigUint64(16 + index * 8, BigInt.asUintN(64, given[index] ?? 0n), true);
  }
  return words;
}
