// What a developer would write in a static page; the tests call it through `window`.
import * as voiceprint from './package/dist/index.js';

window.voiceprint = voiceprint;
window.clip = async (name) => (await fetch(`./voices/${name}.flac`)).blob();
window.ready = true;
