/** `assert`. A script of its own, which runs when the code first asks for it. */
import assert from 'assert/build/assert.js';

export { assert };
