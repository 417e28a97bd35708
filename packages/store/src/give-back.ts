/**
 * Ends the memory of bytes that nobody looks at any more, unless it holds something else too. Left to the
 * garbage collector, large contents that go by make it run again and again.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
