/** First of all in the project `test-confined`. More may be taken away from outside. */
process.env.BELLJAR_WITHOUT ??= 'namespaces';

export {};
