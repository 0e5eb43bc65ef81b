/** What the API's texts call by its own operations, as this page has it. */
const words: readonly (readonly [operation: string, here: string])[] = [
  ['"reEnableWebhook"', '“Re-enable”'],
  ['"setWebhookActive"', 'its switch'],
  ['"recoverDeliveries"', '“Recover deliveries…”'],
  ['"replayDelivery"', '“Replay”'],
  ['"rotateWebhookSecret"', '“Rotate secret…”'],
  ['"retireWebhookSecret"', '“Retire now”'],
];

/** A text of the API that names what can be done here by what it is called here. */
export const inOwnWords = (text: string): string =>
  words.reduce((said, [operation, here]) => said.replaceAll(operation, here), text);
