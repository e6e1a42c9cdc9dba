import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  defineWorkflow,
  FatalError,
  type Workflow,
  type WorkflowEngine,
  type WorkflowEvent,
  type WorkflowStep,
} from './workflow.ts';

/** An engine under test: started on a store of its own, and how to end both. */
export interface EngineUnderTest {
  readonly engine: WorkflowEngine;
  end(): Promise<void>;
}

/** Of an id that was never there before: a server of Inngest remembers those of earlier runs of the suite. */
function anEvent(name: string, data: WorkflowEvent['data'] = {}): WorkflowEvent {
  return { id: `event-${randomUUID()}`, name, data };
}

/** Resolves once it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/**
 * What every workflow engine promises. Each test runs an engine with workflows of its own.
 * @param open starts an engine whose first retry comes soon.
 */
export function describeWorkflowEngine(name: string, open: (workflows: Workflow[]) => Promise<EngineUnderTest>): void {
  const using = async (workflows: Workflow[], use: (engine: WorkflowEngine) => Promise<void>): Promise<void> => {
    const { engine, end } = await open(workflows);
    try {
      await use(engine);
    } finally {
      await end();
    }
  };

  describe(name, () => {
    test('steps run in order, each with the results of those before, which are JSON', async () => {
      const seen: unknown[] = [];
      const workflow = defineWorkflow({ id: 'order', trigger: 'go' }, async ({ event, step }) => {
        const first = await step.run('first', async () => ({ deep: [1, 'two', null, true], from: event.data }));
        const second = await step.run('second', async () => [first, 3]);
        return step.run('third', async () => {
          seen.push(second);
          return null;
        });
      });
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go', { n: 7 }));
        await engine.idle();
        expect(seen).toEqual([[{ deep: [1, 'two', null, true], from: { n: 7 } }, 3]]);
        expect(await engine.list()).toMatchObject([{ workflowId: 'order', status: 'succeeded', error: null }]);
      });
    });

    test('the same event sent twice runs once; each workflow with its trigger runs', async () => {
      const ran: string[] = [];
      const recording = (id: string, trigger: string) =>
        defineWorkflow({ id, trigger }, ({ step }) =>
          step.run('record', async () => {
            ran.push(id);
            return null;
          }),
        );
      await using([recording('one', 'go'), recording('two', 'go'), recording('other', 'stay')], async (engine) => {
        const event = anEvent('go');
        await Promise.all([engine.send(event), engine.send(event)]);
        await engine.idle();
        await engine.send(event);
        await engine.idle();
        expect(ran.sort()).toEqual(['one', 'two']);
      });
    });

    test('a step that fails is tried again as often as the workflow says; then the run fails with its last error', async () => {
      let attempts = 0;
      const workflow = defineWorkflow({ id: 'flaky', trigger: 'go', retries: 2 }, ({ step }) =>
        step.run('fail', async () => {
          attempts += 1;
          throw new Error(`attempt ${attempts} failed`);
        }),
      );
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        expect(attempts).toBe(3);
        expect(await engine.list({ status: 'failed' })).toMatchObject([
          { workflowId: 'flaky', error: 'attempt 3 failed' },
        ]);
      });
    });

    test('a fatal error is not tried again', async () => {
      let attempts = 0;
      const workflow = defineWorkflow({ id: 'fatal', trigger: 'go', retries: 5 }, ({ step }) =>
        step.run('fail', async () => {
          attempts += 1;
          throw new FatalError('it will never work');
        }),
      );
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        expect(attempts).toBe(1);
        expect(await engine.list({ status: 'failed' })).toMatchObject([{ error: 'it will never work' }]);
      });
    });

    test('a step whose time is up is told so, and its run fails', async () => {
      let wasTold = false;
      const workflow = defineWorkflow({ id: 'slow', trigger: 'go', retries: 0, stepTimeoutMs: 50 }, ({ step }) =>
        step.run(
          'hang',
          ({ signal }) =>
            new Promise<null>((_resolve, reject) => {
              signal.addEventListener('abort', () => {
                wasTold = true;
                reject(new Error('aborted'));
              });
            }),
        ),
      );
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        expect(wasTold).toBe(true);
        expect(await engine.list({ status: 'failed' })).toHaveLength(1);
      });
    });

    test('a failed run that is retried goes on at the step that failed, under its own id', async () => {
      const ran: string[] = [];
      let isBroken = true;
      const workflow = defineWorkflow({ id: 'mended', trigger: 'go', retries: 0 }, async ({ step }) => {
        await step.run('before', async () => {
          ran.push('before');
          return null;
        });
        return step.run('broken', async () => {
          if (isBroken) throw new Error('not yet');
          ran.push('mended');
          return null;
        });
      });
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        const [failed] = await engine.list({ status: 'failed' });
        isBroken = false;
        await engine.retry(failed?.runId ?? '');
        await engine.idle();
        expect(ran).toEqual(['before', 'mended']);
        expect(await engine.list()).toMatchObject([{ runId: failed?.runId, status: 'succeeded' }]);
        expect(await engine.drop(failed?.runId ?? '')).toBe(true);
        expect(await engine.drop(failed?.runId ?? '')).toBe(false);
        expect(await engine.list()).toEqual([]);
      });
    });

    test('a retry does not repeat what was done after a failure that the workflow caught', async () => {
      const ran: string[] = [];
      let isBroken = true;
      const workflow = defineWorkflow({ id: 'lenient', trigger: 'go', retries: 0 }, async ({ step }) => {
        await step
          .run('optional', async () => {
            ran.push('optional');
            throw new Error('not this time');
          })
          .catch(() => null);
        await step.run('paid', async () => ran.push('paid'));
        return step.run('broken', async () => {
          if (isBroken) throw new Error('not yet');
          return ran.push('mended');
        });
      });
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        const [failed] = await engine.list({ status: 'failed' });
        isBroken = false;
        await engine.retry(failed?.runId ?? '');
        await engine.idle();
        expect(ran).toEqual(['optional', 'paid', 'mended']);
      });
    });

    test('only a run that failed can be retried', async () => {
      const workflow = defineWorkflow({ id: 'fine', trigger: 'go' }, async () => null);
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        const [run] = await engine.list({ status: 'succeeded' });
        await expect(engine.retry(run?.runId ?? '')).rejects.toThrow(/has not failed/);
        await expect(engine.retry('nobody')).rejects.toThrow(/no run nobody/);
      });
    });

    test('a run that is dropped while it works is gone, and writes nothing any more', async () => {
      let begun: () => void = () => undefined;
      const hasBegun = new Promise<void>((resolve) => {
        begun = resolve;
      });
      let finish: () => void = () => undefined;
      const mayFinish = new Promise<void>((resolve) => {
        finish = resolve;
      });
      let wentOn = false;
      const workflow = defineWorkflow({ id: 'dropped', trigger: 'go' }, async ({ step }) => {
        await step.run('work', async () => {
          begun();
          await mayFinish;
          return null;
        });
        return step.run('more', async () => {
          wentOn = true;
          return null;
        });
      });
      await using([workflow], async (engine) => {
        const event = anEvent('go');
        await engine.send(event);
        await hasBegun;
        const [run] = await engine.list({ status: 'running' });
        await engine.drop(run?.runId ?? '');
        finish();
        await engine.idle();
        expect(await engine.list()).toEqual([]);
        expect(wentOn).toBe(false);
      });
    });

    test('an engine that was stopped can be started again, and more than one time stopped', async () => {
      let ran = 0;
      const workflow = defineWorkflow({ id: 'restarted', trigger: 'go' }, ({ step }) =>
        step.run('count', async () => {
          ran += 1;
          return null;
        }),
      );
      await using([workflow], async (engine) => {
        await engine.stop();
        await engine.stop();
        await engine.start();
        await engine.send(anEvent('go'));
        await engine.idle();
        expect(ran).toBe(1);
      });
    });

    test('a workflow starts another by an event, once', async () => {
      const received: unknown[] = [];
      const parent = defineWorkflow({ id: 'parent', trigger: 'go' }, async ({ event, step }) => {
        await step.sendEvent('tell', { id: `${event.id}-child`, name: 'child', data: { from: event.id } });
        return null;
      });
      const child = defineWorkflow({ id: 'child', trigger: 'child' }, ({ event, step }) =>
        step.run('receive', async () => {
          received.push(event.data);
          return null;
        }),
      );
      await using([parent, child], async (engine) => {
        const event = anEvent('go');
        await engine.send(event);
        await engine.idle();
        expect(received).toEqual([{ from: event.id }]);
      });
    });

    test('events can be sent by code that runs within a step', async () => {
      let engineOfStep: WorkflowEngine | undefined;
      let ranAfter = 0;
      const workflows = [
        defineWorkflow({ id: 'waker', trigger: 'go' }, ({ step }) =>
          step.run('wake', async () => {
            await engineOfStep?.send(anEvent('woken'));
            return null;
          }),
        ),
        defineWorkflow({ id: 'woken', trigger: 'woken' }, ({ step }) =>
          step.run('count', async () => {
            ranAfter += 1;
            return null;
          }),
        ),
      ];
      await using(workflows, async (engine) => {
        engineOfStep = engine;
        await engine.send(anEvent('go'));
        await engine.idle();
        expect(ranAfter).toBe(1);
        expect(await engine.list({ status: 'failed' })).toEqual([]);
      });
    });

    test('a sleep takes its time', async () => {
      const times: number[] = [];
      const workflow = defineWorkflow({ id: 'sleeper', trigger: 'go' }, async ({ step }) => {
        await step.run('before', async () => times.push(performance.now()));
        await step.sleep('rest', 1000);
        return step.run('after', async () => times.push(performance.now()));
      });
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        const [before = 0, after = 0] = times;
        expect(after - before).toBeGreaterThanOrEqual(950);
      });
    });

    test('of one key no more runs go on at once than the limit, and other keys do not wait for it', async () => {
      const atWork = new Map<string, number>();
      let highest = 0;
      let together = 0;
      const concurrency = { key: 'data.user', limit: 2 };
      const workflow = defineWorkflow({ id: 'limited', trigger: 'go', concurrency }, ({ event, step }) =>
        step.run('work', async () => {
          const user = String(event.data.user);
          const mine = (atWork.get(user) ?? 0) + 1;
          atWork.set(user, mine);
          highest = Math.max(highest, mine);
          together = Math.max(
            together,
            [...atWork.values()].reduce((sum, count) => sum + count, 0),
          );
          // Each waits until the work of others goes on beside it, or for so long that they must be waiting for it.
          for (let waited = 0; together <= 2 && waited < 100; waited += 1) {
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          atWork.set(user, (atWork.get(user) ?? 0) - 1);
          return null;
        }),
      );
      await using([workflow], async (engine) => {
        for (let count = 0; count < 8; count += 1) {
          for (const user of ['a', 'b', 'c']) await engine.send(anEvent('go', { user }));
        }
        await engine.idle();
        expect(highest).toBeLessThanOrEqual(2);
        expect(together).toBeGreaterThan(2);
        expect(await engine.list({ status: 'succeeded' })).toHaveLength(24);
      });
    });

    test('an event without the key that limits a workflow is refused', async () => {
      const concurrency = { key: 'data.user', limit: 1 };
      const workflow = defineWorkflow({ id: 'keyed', trigger: 'go', concurrency }, async () => null);
      await using([workflow], async (engine) => {
        await expect(engine.send(anEvent('go'))).rejects.toThrow(/data\.user.*keyed/);
      });
    });

    test('a run waits for an event that has what its own has, and goes on without one when the time is up', async () => {
      const received: unknown[] = [];
      let begun = 0;
      const workflow = defineWorkflow({ id: 'patient', trigger: 'go' }, async ({ event, step }) => {
        await step.run('begin', async () => {
          begun += 1;
          return null;
        });
        const answer = await step.waitForEvent('answer', {
          event: 'answered',
          match: 'data.user',
          timeoutMs: event.data.user === 'nobody' ? 1000 : 50_000,
        });
        const { user = null } = event.data;
        return step.run('receive', async () => received.push([user, answer === null ? null : answer.data]));
      });
      await using([workflow], async (engine) => {
        for (const user of ['a', 'b', 'nobody']) await engine.send(anEvent('go', { user }));
        await until(() => begun === 3);
        // Whether a run has come as far as to wait cannot be seen from outside, so each is answered until it has heard.
        const heard = (user: string) => received.some((each) => Array.isArray(each) && each[0] === user);
        const answer = (user: string, text: string) => engine.send(anEvent('answered', { user, text }));
        await until(async () => heard('b') || (await answer('b', 'second').then(() => false)));
        expect(heard('a')).toBe(false);
        await until(async () => heard('a') || (await answer('a', 'first').then(() => false)));
        await engine.idle();
        expect(received.toSorted()).toEqual([
          ['a', { user: 'a', text: 'first' }],
          ['b', { user: 'b', text: 'second' }],
          ['nobody', null],
        ]);
      });
    });

    test('a run that waits for an event hears it although the engine was stopped and started meanwhile', async () => {
      let begun = 0;
      const received: unknown[] = [];
      const workflow = defineWorkflow({ id: 'enduring', trigger: 'go' }, async ({ step }) => {
        await step.run('begin', async () => {
          begun += 1;
          return null;
        });
        const answer = await step.waitForEvent('answer', { event: 'answered', timeoutMs: 50_000 });
        return step.run('receive', async () => received.push(answer?.data.text ?? null));
      });
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await until(() => begun > 0);
        await engine.stop();
        await engine.start();
        const answer = () => engine.send(anEvent('answered', { text: 'at last' }));
        await until(async () => received.length > 0 || (await answer().then(() => false)));
        await engine.idle();
        expect(received).toEqual(['at last']);
      });
    });

    test('a workflow is told when its run has failed for good, once, and what it then throws changes nothing', async () => {
      const told: unknown[] = [];
      const workflow = defineWorkflow(
        {
          id: 'mourned',
          trigger: 'go',
          retries: 1,
          onFailure: async ({ event, step, error }) => {
            await step.run('tell', async () => told.push([event.data.n ?? null, error]));
            throw new Error('nobody wants to hear it');
          },
        },
        ({ event, step }) =>
          step.run('work', async () => {
            if (event.data.n === 1) throw new Error('it broke');
            return null;
          }),
      );
      await using([workflow], async (engine) => {
        for (const n of [0, 1]) await engine.send(anEvent('go', { n }));
        await engine.idle();
        expect(told).toEqual([[1, 'it broke']]);
        expect(await engine.list({ status: 'failed' })).toMatchObject([{ workflowId: 'mourned', error: 'it broke' }]);
      });
    });

    test('a run whose failure was told can be retried, from the step that failed', async () => {
      const ran: string[] = [];
      let isBroken = true;
      const options = {
        id: 'told',
        trigger: 'go',
        retries: 0,
        onFailure: async ({ step }: { step: WorkflowStep }) => {
          await step.run('tell', async () => ran.push('told'));
        },
      };
      const workflow = defineWorkflow(options, async ({ step }) => {
        await step.run('before', async () => ran.push('before'));
        return step.run('work', async () => {
          if (isBroken) throw new Error('not yet');
          return ran.push('mended');
        });
      });
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        isBroken = false;
        await engine.retry((await engine.list({ status: 'failed' }))[0]?.runId ?? '');
        await engine.idle();
        expect(ran).toEqual(['before', 'told', 'mended']);
        expect(await engine.list({ status: 'succeeded' })).toHaveLength(1);
      });
    });

    test('runs are listed a page at a time, the newest first', async () => {
      const workflow = defineWorkflow({ id: 'many', trigger: 'go' }, async () => null);
      await using([workflow], async (engine) => {
        for (let count = 0; count < 5; count += 1) await engine.send(anEvent('go'));
        await engine.idle();
        const all = await engine.list();
        const times = all.map(({ createdAt }) => createdAt.getTime());
        expect(times).toEqual(times.toSorted((left, right) => right - left));
        const pages = await Promise.all([0, 2, 4].map((offset) => engine.list({ limit: 2, offset })));
        expect(pages.flat()).toHaveLength(5);
        expect(new Set(pages.flat().map(({ runId }) => runId)).size).toBe(5);
      });
    });

    test('finished runs are forgotten by their age, and only they', async () => {
      const workflow = defineWorkflow({ id: 'old', trigger: 'go' }, async () => null);
      await using([workflow], async (engine) => {
        await engine.send(anEvent('go'));
        await engine.idle();
        expect(await engine.deleteFinished(new Date(0))).toBe(0);
        expect(await engine.deleteFinished(new Date(Date.now() + 60_000))).toBe(1);
        expect(await engine.list()).toEqual([]);
      });
    });
  });
}
