/* Photos and documents: choosing, making a photo smaller on the telephone, showing it before it leaves. */
import { h } from "./dom.js";

const LONGEST = 1600;
const QUALITY = 0.8;
const MAX_BYTES = 20 * 1024 * 1024;

function pick(accept, capture) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept, capture, hidden: true });
    const done = (file) => {
      input.remove();
      resolve(file);
    };
    input.addEventListener("change", () => done(input.files[0] || null));
    input.addEventListener("cancel", () => done(null));
    document.body.append(input);
    input.click();
  });
}

/** Upright, at most 1,600 px, without the place where it was taken. */
async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = h("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return { blob, width: canvas.width, height: canvas.height };
}

export function createMedia(ctx, dialogs) {
  async function takePhoto(file) {
    let small;
    try {
      small = await shrink(file);
    } catch {
      dialogs.toast(ctx.t("err_unreadable"), "bad");
      return;
    }
    const local = URL.createObjectURL(small.blob);
    dialogs.previewPhoto(local, (caption) =>
      ctx.sendFile({
        kind: "photo",
        file: small.blob,
        name: "photo.jpg",
        caption,
        local,
        m: { caption: caption || undefined, photo: [{ file_id: "", width: small.width, height: small.height, local }] },
      }),
    );
  }

  function takeDocument(file) {
    if (file.size > MAX_BYTES) {
      dialogs.toast(ctx.t("err_too_big"), "bad");
      return;
    }
    ctx.sendFile({
      kind: "document",
      file,
      name: file.name,
      m: { document: { file_id: "", file_name: file.name, file_size: file.size, mime_type: file.type, local: true } },
    });
  }

  const choosePhoto = (capture) => pick("image/*", capture).then((file) => file && takePhoto(file));
  const chooseDocument = () => pick("").then((file) => file && takeDocument(file));

  return {
    /** A file that was dropped on the conversation or pasted into it. */
    take: (file) => (/^image\/(jpeg|png|webp|heic)$/.test(file.type) ? takePhoto(file) : takeDocument(file)),
    choose() {
      const touch = matchMedia("(pointer: coarse)").matches;
      dialogs.sheet(
        ctx.t("attach"),
        [
          touch && { icon: "camera", label: ctx.t("photo_take"), run: () => choosePhoto("environment") },
          { icon: "image", label: ctx.t("photo_pick"), run: () => choosePhoto(null) },
          { icon: "file", label: ctx.t("document_pick"), run: chooseDocument },
        ].filter(Boolean),
      );
    },
    async save(url, name) {
      const a = h("a", { href: url, download: name, hidden: true });
      document.body.append(a);
      a.click();
      a.remove();
    },
  };
}
