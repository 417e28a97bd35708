import { createMemoryStore } from '@belljar/store';
import { describeStore } from './store-contract.js';

describeStore('memory', createMemoryStore);
