#!/usr/bin/env node
// A third program for Qdrant's official JavaScript client, run unchanged against whatever speaks its API.
//
//     finds.mjs [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333
//
// The same walk as finds.py: every way of finding points, each answer held against what a plain list of the
// same points says. Every step prints a line; the first difference ends the program with status 1.
import {QdrantClient} from '@qdrant/js-client-rest';
import {randomUUID} from 'node:crypto';
import {realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const HERE = dirname(realpathSync(fileURLToPath(import.meta.url)));
const {Difference, expect, expectError, hushVersions, numbersFrom, walk} = await import(join(HERE, 'walk.mjs'));

const url = process.argv[2] ?? process.env.VECGATE_URL ?? 'http://127.0.0.1:6333';
const name = process.env.VECGATE_COLLECTION ?? `finds-js-${randomUUID().slice(0, 13)}`;
const COUNT = 120;
const CITIES = ['Berlin', 'Lagos', 'Suva'];

hushVersions();
const client = new QdrantClient({url, apiKey: process.env.VECGATE_API_KEY, timeout: 30_000});

const next = numbersFrom(77);
// Quarters: products and sums of them are the same in 32 bits as in 64.
const makeVector = () => [...Array(5)].map(() => (next(65) - 32) / 4);

const points = [...Array(COUNT)].map((_, i) => ({
    id: i + 1,
    vector: makeVector(),
    payload: {n: next(1000), city: CITIES[next(3)]},
}));
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const vectorOf = (example) => (typeof example === 'number' ? points[example - 1].vector : example);
const near = (example) => points.map((p) => dot(p.vector, vectorOf(example)));
const squash = (x) => x / (1 + Math.abs(x));
const sigma = (x) => (squash(x) + 1) / 2;

/** Ids and scores, best first, equal ones by id. */
function best(scores, limit, but = [], holds = () => true) {
    return points
        .filter((p) => !but.includes(p.id) && holds(p))
        .map((p) => ({id: p.id, score: scores[p.id - 1]}))
        .sort((a, b) => b.score - a.score || a.id - b.id)
        .slice(0, limit);
}

/** The scores are these, and each is its point's; equal ones may change places. */
function expectHits(what, hits, wanted, scores) {
    expect(`${what}: how many`, hits.length, wanted.length);
    hits.forEach((hit, i) => {
        if (Math.abs(hit.score - wanted[i].score) > 1e-4 || Math.abs(hit.score - scores[hit.id - 1]) > 1e-4) {
            throw new Difference(`${what}: ${JSON.stringify(hits)}\n  expected ${JSON.stringify(wanted)}`);
        }
    });
}

const STEPS = {
    'a collection of points': async () => {
        await client.createCollection(name, {vectors: {size: 5, distance: 'Dot'}});
        await client.createPayloadIndex(name, {field_name: 'n', field_schema: 'integer', wait: true});
        await client.upsert(name, {wait: true, points});
    },
    'near to the average of examples': async () => {
        const extra = makeVector();
        const plus = vectorOf(3).map((x, i) => (x + extra[i]) / 2);
        const scores = near(plus.map((x, i) => 2 * x - vectorOf(5)[i]));
        const wanted = best(scores, 7, [3, 5]);
        const asked = {positive: [3, extra], negative: [5]};
        expectHits('average', (await client.query(name, {query: {recommend: asked}, limit: 7})).points, wanted, scores);
    },
    'by the best example, and by all': async () => {
        const scores = points.map((_, i) => {
            const [plus, minus] = [Math.max(near(1)[i], near(2)[i]), near(4)[i]];
            return plus > minus ? sigma(plus) : -sigma(minus);
        });
        const asked = {positive: [1, 2], negative: [4], strategy: 'best_score'};
        const sums = points.map((_, i) => near(1)[i] + near(2)[i] - near(4)[i]);
        const [first, second] = await client.queryBatch(name, {searches: [
            {query: {recommend: asked}, limit: 7},
            {query: {recommend: {...asked, strategy: 'sum_scores'}}, limit: 7},
        ]});
        expectHits('best', first.points, best(scores, 7, [1, 2, 4]), scores);
        expectHits('sums', second.points, best(sums, 7, [1, 2, 4]), sums);
    },
    'where pairs lead to': async () => {
        const target = makeVector();
        const context = [{positive: 2, negative: 9}, {positive: makeVector(), negative: 4}];
        const wins = points.map((_, i) => context.reduce((sum, pair) => sum + Math.sign(near(pair.positive)[i] - near(pair.negative)[i]), 0));
        const scores = points.map((_, i) => wins[i] + sigma(near(target)[i]));
        const wanted = best(scores, 7, [2, 9, 4]);
        expectHits('target', (await client.query(name, {query: {discover: {target, context}}, limit: 7})).points, wanted, scores);
        expect('pairs alone', (await client.query(name, {query: {context}, limit: COUNT})).points.length, COUNT - 3);
    },
    'in an order, at random, merged': async () => {
        const sorted = points.map((p) => p.payload.n).sort((a, b) => a - b);
        const ordered = await client.query(name, {query: {order_by: 'n'}, limit: 9, offset: 2, with_payload: true});
        expect('order', ordered.points.map((p) => p.payload.n), sorted.slice(2, 11));
        const drawn = await client.query(name, {query: {sample: 'random'}, limit: 15});
        expect('sample', new Set(drawn.points.map((p) => p.id)).size, 15);
        const vector = makeVector();
        const first = best(near(vector), 5);
        const prefetch = [{query: vector, limit: 5}, {query: vector, limit: 5}];
        const merged = await client.query(name, {query: {fusion: 'rrf'}, prefetch, limit: 5});
        expect('rrf', merged.points.map((p) => Math.round(p.score * 1e5)), first.map((_, i) => Math.round(2e5 / (i + 2))));
        const [again] = await client.queryBatch(name, {searches: [{query: 7, prefetch: {query: vector, limit: 5}, limit: 3}]});
        const rescored = first.filter((hit) => hit.id !== 7).map((hit) => near(7)[hit.id - 1]).sort((a, b) => b - a);
        if (!first.some((hit) => hit.id === 7)) {
            expect('again', again.points.map((p) => p.score), rescored.slice(0, 3));
        }
    },
    'groups': async () => {
        const vector = makeVector();
        const cities = CITIES.map((city) => ({city, hits: best(near(vector), 2, [], (p) => p.payload.city === city)}));
        cities.sort((a, b) => b.hits[0].score - a.hits[0].score);
        const asked = {group_by: 'city', group_size: 2, limit: 3};
        const wanted = cities.map(({city, hits}) => [city, hits.map((hit) => hit.score)]);
        const told = ({groups}) => groups.map((group) => [group.id, group.hits.map((hit) => hit.score)]);
        expect('nearest', told(await client.queryGroups(name, {...asked, query: vector})), wanted);
        const {groups} = await client.queryGroups(name, {...asked, query: {recommend: {positive: [1]}}});
        expect('recommended', groups.length, 3);
    },
    'matrices': async () => {
        const filter = {must: [{has_id: [3, 9, 27]}]};
        const {pairs} = await client.searchMatrixPairs(name, {filter, sample: 5, limit: 2});
        expect('pairs', pairs.length, 6);
        for (const {a, b, score} of pairs) {
            expect(`pair ${a} ${b}`, score, dot(vectorOf(a), vectorOf(b)));
        }
        const matrix = await client.searchMatrixOffsets(name, {filter, sample: 5, limit: 2});
        expect('ids', matrix.ids, [3, 9, 27]);
        expect('rows', matrix.offsets_row, [0, 0, 1, 1, 2, 2]);
    },
    "what is wrong is told in Qdrant's words": async () => {
        const recommend = (asked) => () => client.query(name, {query: {recommend: asked}});
        await expectError('nobody', 404, 'No point with id 9999 found', recommend({positive: [9999]}));
        await expectError('negatives', 400, 'Positive vectors should not be empty', recommend({negative: [1]}));
        await expectError('nothing', 422, 'At least one positive or negative vector/id must be provided', recommend({}));
    },
};

await walk(client, STEPS, [name]);
