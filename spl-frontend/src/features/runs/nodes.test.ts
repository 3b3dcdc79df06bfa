import { describe, expect, it } from 'vitest';
import { nodeRuns, nodeTones } from './nodes';

type Detail = Parameters<typeof nodeTones>[0];

function detail(state: string, nodes: object[][], error: object | null = null): Detail {
  const events = nodes.map((told, seq) => ({ seq, kind: 'node', at: 0, data: { nodes: told } }));
  return { run: { state, error }, events } as unknown as Detail;
}

describe('the colours of a pipeline', () => {
  it('follow what is told of its nodes', () => {
    const going = detail('running', [
      [{ node: 'a', state: 'running' }],
      [
        { node: 'a', state: 'ended', seconds: 1 },
        { node: 'b', state: 'running' },
        { node: 'c', elsewhere: { state: 'queued' } },
      ],
    ]);
    expect([...nodeTones(going)]).toEqual([
      ['a', 'good'],
      ['b', 'busy'],
      ['c', 'busy'],
    ]);
  });

  it('show which node failed, and leave no node busy', () => {
    const failed = detail(
      'failed',
      [
        [
          { node: 'a', state: 'running' },
          { node: 'b', state: 'running' },
        ],
      ],
      { node: 'b' },
    );
    expect([...nodeTones(failed)]).toEqual([
      ['a', 'quiet'],
      ['b', 'bad'],
    ]);
  });

  it('show a node whose run elsewhere failed', () => {
    const told = [{ node: 'a', state: 'running', elsewhere: { state: 'lost' } }];
    expect(nodeTones(detail('running', [told])).get('a')).toBe('bad');
  });

  it('lead to the runs that remote nodes are elsewhere', () => {
    const told = [
      { node: 'a', elsewhere: { run_id: 'run_1' } },
      { node: 'b', state: 'running' },
    ];
    expect([...nodeRuns(detail('running', [told, [{ node: 'a', elsewhere: { state: 'running' } }]]))]).toEqual([
      ['a', 'run_1'],
    ]);
  });

  it('are none where nothing sensible is told', () => {
    expect(nodeTones(detail('running', [[{ node: 1 }, {}]])).size).toBe(0);
    const other = { run: { state: 'running', error: null }, events: [{ seq: 1, kind: 'node', at: 0, data: {} }] };
    expect(nodeTones(other as unknown as Detail).size).toBe(0);
  });
});
