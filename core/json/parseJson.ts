/** Every part reads JSON with the SDK's parser, so that publishing, storing, showing, sending and verifying see the same value. */
export { parseJson, parseJsonString } from '../../client-sdk/src/json/parseJson.ts';
