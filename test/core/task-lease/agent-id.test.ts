import { hostname } from 'node:os';
import { assert, constantFrom, nat, property, string } from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { getAgentId, getAgentIdSimple, getAgentIdUnpredictable, parseAgentId } from '../../../core/task-lease/agent-id';

function setAgent(type: string | undefined): void {
  const before = process.env['EXARP_AGENT'];
  onTestFinished(() => {
    if (before === undefined) delete process.env['EXARP_AGENT'];
    else process.env['EXARP_AGENT'] = before;
  });
  if (type === undefined) delete process.env['EXARP_AGENT'];
  else process.env['EXARP_AGENT'] = type;
}

describe('the name of an agent', () => {
  it('is made of EXARP_AGENT, the host and the pid', () => {
    setAgent('backend-agent');
    expect(getAgentId({ host: 'Davids-Mac-mini', pid: 12_345 })).toBe('backend-agent-Davids-Mac-mini-12345');
    expect(getAgentIdSimple({ host: 'Davids-Mac-mini' })).toBe('backend-agent-Davids-Mac-mini');
    expect(getAgentId()).toBe(`backend-agent-${hostname()}-${process.pid.toString()}`);
  });

  it.each([undefined, ''])('is one of a general agent where EXARP_AGENT is %j', (type) => {
    setAgent(type);
    expect(getAgentIdSimple({ host: 'web-1' })).toBe('general-web-1');
  });

  it('cannot be guessed in its third form, which has the time in ns', () => {
    const nowMs = 1_795_255_698_123;
    const names = new Set(Array.from({ length: 100 }, () => getAgentIdUnpredictable({ host: 'web-1', nowMs })));
    for (const name of names) expect(name).toMatch(/^agent-web-1-1795255698123\d{6}$/);
    expect(names.size).toBeGreaterThan(90);
  });
});

describe('what a name says of its process', () => {
  it.each([
    ['backend-agent-Davids-Mac-mini-12345', 'Davids-Mac-mini', { kind: 'process', type: 'backend-agent', pid: 12_345 }],
    ['general-web-1', 'web-1', { kind: 'host', type: 'general' }],
    ['general-web-1-77', 'web-1', { kind: 'process', type: 'general', pid: 77 }],
    ['a-web-1-web-1-77', 'web-1', { kind: 'process', type: 'a-web-1', pid: 77 }],
    ['agent-web-1-1795255698123456789', 'web-1', { kind: 'host', type: 'agent' }],
    ['general-web-1-0', 'web-1', { kind: 'host', type: 'general' }],
    ['general-web-1-4194304', 'web-1', { kind: 'process', type: 'general', pid: 4_194_304 }],
    ['general-web-1-4194305', 'web-1', { kind: 'host', type: 'general' }],
    ['agent-web-1-20261121', 'web-1', { kind: 'host', type: 'agent' }],
  ])('%s on %s', (assignee, host, parsed) => {
    expect(parseAgentId(assignee, host)).toEqual({ host, ...parsed });
  });

  it.each([
    ['general-web-1', 'web-2', 'another host'],
    ['general-web-12-77', 'web-1', 'a host whose name begins alike'],
    ['general-myweb-77', 'web', 'a host whose name ends alike'],
    ['general-web-1', 'b', 'a pid of nobody here'],
    ['-web-1', 'web-1', 'no kind of agent'],
    ['web-1-77', 'web-1', 'no kind of agent'],
    ['general-web-007', 'web', 'no number that a system writes'],
    ['general-web-0x10', 'web', 'no number'],
    ['general-web--5', 'web', 'no number'],
    ['Ada', 'web', 'a name'],
    ['', 'web', 'nothing'],
    ['general--5', '', 'a host without a name'],
  ])('%j on %j is a name: %s', (assignee, host) => {
    expect(parseAgentId(assignee, host)).toEqual({ kind: 'name' });
  });

  it('is what it was made of, whatever dashes there are', () => {
    const word = string({ unit: constantFrom('a', 'B', '-', '1', '.', 'ü'), minLength: 1, maxLength: 12 });
    assert(
      property(word, word, nat({ max: 4_194_303 }), (type, host, pid) => {
        const parsed = parseAgentId(getAgentId({ type, host, pid: pid + 1 }), host);
        // A host whose name ends in its own name and a number reads as one without.
        if (parsed.kind === 'host') expect(parsed.type.length).toBeGreaterThan(type.length);
        else expect(parsed).toEqual({ kind: 'process', type, host, pid: pid + 1 });
      }),
    );
  });

  it('never throws, and takes only what ends in this host, and a number or nothing, for one of this host', () => {
    const word = string({ unit: constantFrom('a', '-', '1', '0', '5'), maxLength: 4 });
    const seen = new Map<string, number>();
    assert(
      property(word, word, word, (before, host, after) => {
        const assignee = `${before}-${host}${after}`;
        const parsed = parseAgentId(assignee, host);
        seen.set(parsed.kind, (seen.get(parsed.kind) ?? 0) + 1);
        if (parsed.kind === 'name') {
          // Nothing that its own maker makes is taken for a mere name.
          if (host !== '' && before !== '') expect(after).not.toMatch(/^(?:-[1-9][0-9]*)?$/);
          return;
        }
        expect([parsed.host, parsed.type.length > 0]).toEqual([host, true]);
        const rest = assignee.slice(`${parsed.type}-${host}`.length);
        expect(assignee.startsWith(`${parsed.type}-${host}`)).toBe(true);
        if (parsed.kind === 'process') expect(rest).toBe(`-${parsed.pid.toString()}`);
        else expect(rest).toMatch(/^(?:-(?:0|[1-9][0-9]*))?$/);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen.keys()].sort()).toEqual(['host', 'name', 'process']);
  });
});
