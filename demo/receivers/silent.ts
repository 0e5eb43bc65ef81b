// A receiver that hangs: it takes the connection and the request, and never answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { untilParentEnds } from './listen.ts';

const server = createServer((request) => request.resume());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
untilParentEnds();
