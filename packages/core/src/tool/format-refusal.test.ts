import { describe, expect, it } from 'vitest';
import { BelljarError } from '../errors.js';
import { formatRefusal, refusalReason } from './format-refusal.js';

describe('formatRefusal', () => {
  it('is text for code that was refused', () => {
    const error = new BelljarError('INVALID_ARGUMENT', 'The code has a NUL.', {
      suggestion: 'Leave it out.',
    });
    expect(formatRefusal(error)).toBe(
      'status: refused\nNothing ran. The code has a NUL. Leave it out.',
    );
  });

  it('is text for files that are too many', () => {
    const error = new BelljarError('FILES_LIMIT', 'The workspace is full.');
    expect(formatRefusal(error)).toBe('status: refused\nNothing ran. The workspace is full.');
    expect(refusalReason(error)).toBe('The workspace is full.');
  });

  it.each([new BelljarError('ENGINE_CLOSED', 'closed'), new Error('other'), undefined])(
    'leaves %s to the application',
    (error) => {
      expect(formatRefusal(error)).toBeUndefined();
    },
  );
});
