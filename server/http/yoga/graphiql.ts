import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asset, assetOf, sendAsset } from '../assets.ts';
import type { CallPlugin } from './call.ts';

/** The page's files lie below this path. */
export const graphiqlPath = '/graphiql/';

const files = {
  'graphiql.css': ['css', 'text/css; charset=utf-8'],
  'graphiql.js': ['js', 'text/javascript; charset=utf-8'],
  'editor.js': ['editorWorkerService', 'text/javascript; charset=utf-8'],
  'json.js': ['jsonWorker', 'text/javascript; charset=utf-8'],
  'graphql.js': ['graphqlWorker', 'text/javascript; charset=utf-8'],
} as const;

const options = {
  title: 'Everhook',
  // Over SSE, with the headers that are entered on the page: a browser can send none with a WebSocket.
  subscriptionsProtocol: 'SSE',
  defaultQuery: `# The key goes to "Headers" below: { "authorization": "Bearer <key>" }

{
  viewer {
    kind
    permissions
    organization {
      name
    }
  }
}
`,
};

// All paths are relative to the page's: it may be shown below the path of a proxy.
const start = `const worker = { editorWorkerService: 'editor.js', json: 'json.js', graphql: 'graphql.js' };
const at = (path) => new URL(path, location.href).pathname;
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => at('.${graphiqlPath}' + worker[label]) };
document.addEventListener('DOMContentLoaded', () =>
  YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), { ...${JSON.stringify(options)}, endpoint: at('graphql') }),
);
`;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>GraphiQL of Everhook</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href=".${graphiqlPath}graphiql.css" />
    <script src=".${graphiqlPath}start.js"></script>
    <script src=".${graphiqlPath}graphiql.js" defer></script>
  </head>
  <body class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
  </body>
</html>
`;

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    // The editor sets styles on its lines itself.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

/** Whether a browser asks for a page; GraphQL clients never do. */
export const asksForPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept ?? '').toLowerCase().includes('text/html');

/** GraphiQL: its page for browsers. The page needs no credential; its user enters a key. */
export const useGraphiQL = (): CallPlugin => ({
  onRequest({ serverContext, endResponse, fetchAPI: { Response } }) {
    if (asksForPage(serverContext.req)) endResponse(new Response(page, { headers: pageHeaders }));
  },
});

/** Serves the page's files, all from this installation. @returns whether the file exists; it is answered then */
export function createGraphiQLFiles(): (request: IncomingMessage, response: ServerResponse, path: string) => boolean {
  // Nine megabytes, read when somebody first opens the page.
  let assets: Promise<Map<string, Asset>> | undefined;
  const names = new Set([...Object.keys(files), 'start.js']);

  return (request, response, path) => {
    const name = path.slice(graphiqlPath.length);
    if (!path.startsWith(graphiqlPath) || !names.has(name)) return false;
    assets ??= readAssets();
    void assets.then((read) => sendAsset(request, response, read.get(name) as Asset, 'public, max-age=3600'));
    return true;
  };
}

async function readAssets(): Promise<Map<string, Asset>> {
  const texts = await import('@graphql-yoga/render-graphiql/graphiql');
  const assets = new Map([['start.js', assetOf(start, files['graphiql.js'][1])]]);
  for (const [name, [key, type]] of Object.entries(files)) assets.set(name, assetOf(texts[key], type));
  return assets;
}
