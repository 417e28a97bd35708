/**
 * Keeps the inspection of long arrays fast. Loaded before the library that inspects, which keeps the
 * functions that it finds.
 *
 * The library asks for the descriptors of all elements to find what is no element: a second and a
 * half for a million. Of an array this long, what is no element is not shown.
 */
const LONG = 10_000;

const { isArray } = Array;
const { isView } = ArrayBuffer;
const { getOwnPropertyDescriptors } = Object;

Object.getOwnPropertyDescriptors = ((value: { length?: number }) =>
  (isArray(value) || isView(value)) && (value.length ?? 0) > LONG
    ? {}
    : getOwnPropertyDescriptors(value)) as typeof Object.getOwnPropertyDescriptors;

export function restoreDescriptors(): void {
  Object.getOwnPropertyDescriptors = getOwnPropertyDescriptors;
}
