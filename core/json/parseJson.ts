/** The SDK's reader is the one reader of all parts, so that what is published, stored, shown, sent and verified is one value. */
export { parseJson, parseJsonString } from '../../client-sdk/src/json/parseJson.ts';
