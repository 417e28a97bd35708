import { createMemoryStore } from '@belljar/store';
import { useSqliteStores } from '../helpers/sqlite-stores.js';
import { describeStore } from './store-contract.js';

describeStore('memory', createMemoryStore);
describeStore('sqlite', useSqliteStores());
