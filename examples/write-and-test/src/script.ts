/** The model that drives without a key. Its first try is wrong, and it reads that in the results. */
import { runs, type Script, type Step } from '@belljar/example-shared/script';

const MODULE = `
VALUES = {VALUES}


def to_roman(number):
    if not isinstance(number, int) or not 1 <= number <= 3999:
        raise ValueError(f"not a number from 1 to 3999: {number!r}")
    text = ""
    for value, letters in VALUES:
        while number >= value:
            text += letters
            number -= value
    return text


def from_roman(text):
    number, rest = 0, text
    for value, letters in VALUES:
        while rest.startswith(letters):
            number += value
            rest = rest[len(letters):]
    if not text or rest or to_roman(number) != text:
        raise ValueError(f"not a Roman number: {text!r}")
    return number
`;

const FIRST = '[(1000, "M"), (500, "D"), (100, "C"), (50, "L"), (10, "X"), (5, "V"), (1, "I")]';
const SECOND = `[
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]`;

const TESTS = `
import unittest
from roman import from_roman, to_roman


class RomanTest(unittest.TestCase):
    def test_known_numbers(self):
        for number, text in [(1, "I"), (4, "IV"), (49, "XLIX"), (1994, "MCMXCIV"), (3999, "MMMCMXCIX")]:
            self.assertEqual(to_roman(number), text)
            self.assertEqual(from_roman(text), number)

    def test_refusals(self):
        for wrong in [0, 4000, -1, 1.5]:
            self.assertRaises(ValueError, to_roman, wrong)
        for wrong in ["", "IIII", "VX", "ABC"]:
            self.assertRaises(ValueError, from_roman, wrong)
`;

const RUN = `
import subprocess, sys
run = subprocess.run([sys.executable, "-m", "unittest"], capture_output=True, text=True)
print(run.stderr)
`;

function writes(path: string, content: string): Step {
  return { call: 'write_file', input: { path, content: content.trimStart() } };
}

export const script: Script = ({ results }) => {
  const last = results.at(-1) ?? '';
  if (results.length === 0) return writes('roman.py', MODULE.replace('{VALUES}', FIRST));
  if (results.length === 1) return writes('test_roman.py', TESTS);
  if (/FAILED \(failures=/.test(last))
    return writes('roman.py', MODULE.replace('{VALUES}', SECOND));
  const [passed] = /Ran \d+ tests?(?=[\s\S]*\bOK\b)/.exec(last) ?? [];
  if (passed) return { say: `${passed}, and all of them pass after one correction.` };
  if (results.length > 5) return { say: `I could not make the tests pass:\n${last}` };
  return runs(RUN);
};
