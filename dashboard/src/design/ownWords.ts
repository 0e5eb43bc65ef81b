import { wordsOf } from '../words/words.ts';

/** The API operations that the API's messages name, and that are buttons here. */
const operations = [
  'reEnableWebhook',
  'setWebhookActive',
  'recoverDeliveries',
  'replayDelivery',
  'rotateWebhookSecret',
  'retireWebhookSecret',
] as const;

/** Replaces the API's operation names in a message by this page's words. */
export const inOwnWords = (text: string): string =>
  text.replace(/"(\w+)"/g, (named, name) => {
    const operation = operations.find((each) => each === name);
    return operation ? wordsOf('common')(`operations.${operation}`) : named;
  });
