/** A file that was given, with its path inside what was given. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

/** Files of an `<input type="file">`, whether single ones or a folder was chosen. */
export function chosenFiles(files: FileList | null): readonly GivenFile[] {
  return [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * Files that were dropped, folders opened all the way down. The entries must be taken while the
 * event is handled: afterwards the browser forgets them.
 */
export async function droppedFiles(data: DataTransfer): Promise<readonly GivenFile[]> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: GivenFile[] = [];
  for (const entry of entries) await gather(entry, '', found);
  return found;
}

async function gather(entry: FileSystemEntry, folder: string, found: GivenFile[]): Promise<void> {
  const path = folder + entry.name;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ path, file });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    for (;;) {
      // Browsers hand entries out a hundred at a time; an empty list is the end.
      const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (entries.length === 0) return;
      for (const inside of entries) await gather(inside, `${path}/`, found);
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

const LIST_NAME = /\.(txt|tsv|lst|list|trl|trials?)$/i;
const NO_LIST_NAME = /^(readme|licen[cs]e|notice|changelog)/i;

/** Files that may be trial lists, by their names. */
export function listCandidates(files: readonly GivenFile[]): readonly GivenFile[] {
  return files.filter(({ path }) => {
    const name = path.split('/').at(-1) ?? '';
    return LIST_NAME.test(name) && !NO_LIST_NAME.test(name);
  });
}
