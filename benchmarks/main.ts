/**
 * `npm run bench`: measures what writes cost and when clients receive them, without Cluster and with each strategy, side by
 * side in one run.
 *
 * `npm run bench -- --help` lists the options. Writes a table, a chart and JSON into `bench-results/`. The exit code is 1
 * when a view did not converge, and 0 otherwise. Speed is for the reader to judge, as ratios.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { findChromium } from '../tools/chromium';
import { runScript, type StopLater } from '../tools/run-script';
import { type Services, startServices } from '../tools/services';
import { measureCell, warmUp } from './cell';
import { drawPng, drawSvg } from './chart';
import { createFixture, type Fixture } from './fixture';
import { groupsOf, plural, reasonsLeftOut, type Shape, type Strategy, shapesOf, titleOf } from './matrix';
import { measureMemory } from './memory';
import { type BenchOptions, readOptions } from './options';
import { reportOf, times } from './report';
import { type CellResult, newResults, problemsOf, type Results, readResults } from './results';
import { medianOf } from './rounds';
import { type Site, startSite } from './site';
import { measureStress, STRESS } from './stress';

interface Run {
  readonly options: BenchOptions;
  readonly services: Services;
  readonly db: Db;
  readonly results: Results;
  /** The path of the results, without an extension. */
  readonly base: string;
  readonly stopLater: StopLater;
}

await runScript(async (stopLater) => {
  const options = readOptions();
  const earlier = options.compare === undefined ? undefined : await readResults(options.compare);
  await mkdir(options.out, { recursive: true });
  const services = stopLater(await startServices(log));
  const client = await new MongoClient(services.mongoUrl).connect();
  stopLater({ stop: () => client.close() });
  const { parts } = options;
  const results = newResults(settingOf(options), parts.includes('cells') ? reasonsLeftOut(options) : []);
  const base = join(options.out, results.startedAt.slice(0, 19).replaceAll(':', '-'));
  const run: Run = { options, services, db: client.db(), results, base, stopLater };
  if (parts.includes('cells')) for (const nodes of options.nodes) await runCells(run, nodes);
  if (parts.includes('memory')) await runMemory(run);
  if (parts.includes('stress')) await runStress(run);
  await writeResults(run, earlier);
  const problems = problemsOf(results);
  for (const problem of problems) console.error(`Failed: ${problem}`);
  return problems.length === 0 ? 0 : 1;
});

/** Runs all cells of one number of nodes. The sites stay up side by side, so that the strategies take turns. */
async function runCells(run: Run, nodes: number): Promise<void> {
  const { options } = run;
  const shapes = shapesOf(options, nodes);
  const hasCells = (strategy: Strategy) =>
    shapes.some((shape) => groupsOf(options, shape, [strategy]).length > 0);
  const sites: Site[] = [];
  for (const strategy of options.strategies.filter(hasCells)) sites.push(await start(run, strategy, nodes));
  // Nodes without Cluster poll: they must not run while the others are measured.
  const turns = [
    sites.filter(({ strategy }) => strategy === 'none'),
    sites.filter(({ strategy }) => strategy !== 'none'),
  ];
  const warm = new Set<Site>();
  for (const shape of shapes) {
    for (const each of turns) await runShape(run, shape, each, warm);
  }
  for (const site of sites) await site.stop();
}

/** Runs the cells of one shape. In each round the strategies take turns, so that what slows the machine slows all of them. */
async function runShape(run: Run, shape: Shape, sites: readonly Site[], warm: Set<Site>): Promise<void> {
  const { options, db, results } = run;
  const groups = groupsOf(
    options,
    shape,
    sites.map(({ strategy }) => strategy),
  );
  const fixtures = new Map<Strategy, Fixture>();
  for (const site of groups.length > 0 ? sites : []) {
    fixtures.set(site.strategy, await createFixture(site, shape, db));
    log(`subscribed to ${shape.queries} live queries on each node: ${site.strategy}`);
  }
  for (const cell of groups[0] ?? []) {
    const fixture = fixtures.get(cell.strategy);
    if (fixture && !warm.has(fixture.site)) await warmUp({ fixture, cell });
    if (fixture) warm.add(fixture.site);
  }
  for (const cells of groups) {
    const rounds = cells.map((): CellResult[] => []);
    for (let round = 0; round < options.rounds; round += 1) {
      for (const [i, cell] of cells.entries()) {
        const fixture = fixtures.get(cell.strategy);
        if (!fixture) continue;
        const result = await measureCell(fixture, cell, options, options.profile ? options.out : undefined);
        rounds[i]?.push(result);
        log(lineOf(result));
      }
    }
    results.cells.push(...rounds.map(medianOf));
    // An interrupted run keeps what it has measured.
    await writeJson(run);
  }
  for (const fixture of fixtures.values()) await fixture.close();
}

async function runMemory(run: Run): Promise<void> {
  const { options, db, results } = run;
  for (const strategy of options.strategies) {
    const site = await start(run, strategy, options.nodes[0] ?? 2);
    const result = await measureMemory(site, db);
    results.memory.push(result);
    const perQuery = `${(result.perQuery / 1024).toFixed(1)} KB per live query`;
    log(`memory: ${strategy}: ${perQuery}, ${result.perDocument.toFixed(0)} bytes per document in it`);
    await site.stop();
  }
}

async function runStress(run: Run): Promise<void> {
  const { options, db, results } = run;
  for (const strategy of options.strategies.filter((each) => each !== 'none')) {
    const site = await start(run, strategy, STRESS.nodes);
    const result = await measureStress(site, db);
    results.stress.push(result);
    log(`stress test: ${strategy}: ${result.problem ?? `converged after ${result.converged?.toFixed(1)} s`}`);
    await site.stop();
  }
}

async function start(
  { options, services, stopLater }: Run,
  strategy: Strategy,
  nodes: number,
): Promise<Site> {
  log(`starting ${plural(nodes, 'node')}: ${strategy}`);
  return stopLater(await startSite(strategy, nodes, services, options.baseline));
}

async function writeResults(run: Run, earlier: Results | undefined): Promise<void> {
  const { results, base } = run;
  await writeJson(run);
  const report = reportOf(results, earlier);
  console.log(`\n${report}`);
  await writeFile(`${base}.md`, report);
  log(`written: ${base}.json, .md`);
  const svg = await drawSvg(results);
  if (svg === undefined) return;
  await writeFile(`${base}.svg`, svg);
  const chromium = findChromium();
  if (chromium) await drawPng(svg, chromium, `${base}.png`);
  const noPng = 'no .png: no Chromium is on the PATH and none is named by CHROMIUM_PATH';
  log(`written: ${base}.svg${chromium ? ', .png' : `; ${noPng}`}`);
}

async function writeJson({ results, base }: Run): Promise<void> {
  await writeFile(`${base}.json`, `${JSON.stringify(results, null, 1)}\n`);
}

function lineOf(result: CellResult): string {
  const { own, remote, perWrite, problem, late } = result;
  const latencies = `own ${times(own)}, remote ${times(remote)} ms`;
  const outcome = problem ? `: FAILED: ${problem}` : late ? `: late: ${late}` : '';
  const usage = `CPU ${perWrite.cpu.toFixed(1)} ms, ${perWrite.reads.toFixed(2)} reads per write`;
  return `${titleOf(result)}: ${latencies}, ${usage}${outcome}`;
}

function settingOf({ preset, baseline, rounds, writes, seconds }: BenchOptions): Results['setting'] {
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    preset,
    ...(baseline !== undefined && { baseline: basename(baseline) }),
    rounds,
    'writes per cell at most': writes,
    'seconds of writing per cell at most': seconds,
  };
}

function log(line: string): void {
  const seconds = Math.round(performance.now() / 1000);
  console.log(`[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}] ${line}`);
}
