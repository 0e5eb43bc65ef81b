import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

const folders = ['core', 'server', 'workflows', 'start', 'local', 'prisma', 'demo', 'schema'];

describe('a connection to PostgreSQL', () => {
  it('has an error listener from the start, everywhere: without one, a server that stops would end the process', () => {
    const bare: string[] = [];
    let seen = 0;
    for (const folder of folders) {
      for (const file of readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts')) continue;
        const lines = readFileSync(join(packageRoot, folder, file), 'utf8').split('\n');
        lines.forEach((line, index) => {
          if (!/= new pg\.(Client|Pool)\(/.test(line)) return;
          seen++;
          const next = lines.slice(index + 1, index + 8).join('\n');
          if (!/\.on\('error'|dropIdleAfterTimeout\(/.test(next)) bare.push(`${folder}/${file}:${index + 1}`);
        });
      }
    }
    expect(seen).toBeGreaterThan(5);
    expect(bare).toEqual([]);
  });
});
