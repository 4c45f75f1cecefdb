// The questions of answers.py, answered in JavaScript by hyparquet: node answers.mjs LAKE
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const lake = process.argv[2]
const rows = async (path) =>
  parquetReadObjects({ file: await asyncBufferFromFile(`${lake}/${path}`), compressors })
const sum = (list, name) => list.reduce((total, row) => total + Number(row[name] ?? 0), 0)
const at = new Date('2022-02-02T00:00:00Z')

const history = await rows('unicef_market/allocations/history.parquet')
const known = history.filter((r) => r.valid_from < at && !(r.valid_to && r.valid_to < at))
const changes = await rows('unicef_market/allocations/changes.parquet')
console.log(JSON.stringify({
  latest: sum(await rows('unicef_market/allocations/latest.parquet'), 'doses_allocated'),
  'as of 2022-02-01': sum(known, 'doses_allocated'),
  'cuts of half or more': changes.filter((r) => r.rel_change != null && r.rel_change <= -0.5).length,
  'people tested': sum(await rows('who_searo_testing/tests/latest.parquet'), 'people_tested_new'),
  mart: sum(await rows('marts/promise_steps.parquet'), 'total'),
}))
