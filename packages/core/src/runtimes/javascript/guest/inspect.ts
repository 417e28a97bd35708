/** Values as text, as Node shows them. */
import './long-arrays.js';
import { formatWithOptions, inspect } from 'node-inspect-extracted';
import { restoreDescriptors } from './long-arrays.js';

restoreDescriptors();

export { formatWithOptions, inspect };
