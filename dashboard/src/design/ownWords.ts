/** Words of this page for the API operations that the API's messages name. */
const words: readonly (readonly [operation: string, here: string])[] = [
  ['"reEnableWebhook"', '“Re-enable”'],
  ['"setWebhookActive"', 'its switch'],
  ['"recoverDeliveries"', '“Recover deliveries…”'],
  ['"replayDelivery"', '“Replay”'],
  ['"rotateWebhookSecret"', '“Rotate secret…”'],
  ['"retireWebhookSecret"', '“Retire now”'],
];

/** Replaces the API's operation names in a message by this page's words. */
export const inOwnWords = (text: string): string =>
  words.reduce((said, [operation, here]) => said.replaceAll(operation, here), text);
