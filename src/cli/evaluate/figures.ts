export * from '../../report/figures.js';
export * from '../../report/scored-trials.js';
