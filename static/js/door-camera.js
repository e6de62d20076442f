// The door's camera: the browser's own reader of codes where there is one, else one that is brought along.
"use strict";
(() => {
  const form = document.querySelector("[data-door-scan]");
  const camera = document.querySelector("[data-camera]");
  const video = document.querySelector("[data-video]");
  const said = document.querySelector("[data-camera-state]");
  const field = document.getElementById("scan");
  if (!form || !camera) return;
  const EVERY = 120; // ms between two looks
  const WIDEST = 960; // pixels: more only takes time
  let stream = null;
  let last = "";

  const tell = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };
  if (!navigator.mediaDevices?.getUserMedia) {
    tell("这个浏览器不能使用摄像头。请用扫码枪，或输入准考证号；也可以用纸质签到表登记。");
    return;
  }
  camera.hidden = false;

  const stop = () => {
    stream?.getTracks().forEach((one) => one.stop());
    stream = null;
    last = "";
    video.hidden = true;
    camera.textContent = "用摄像头扫描";
  };

  // --- what reads ----------------------------------------------------------------------------------------------------
  const own = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const known = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
    if (!known.includes("qr_code")) return null;
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(video))[0]?.rawValue || "";
  };
  const brought = () => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data || "";
    };
  };

  // A ticket that stays before the camera is read once; the next one is read without another touch.
  const watch = async (read, mine) => {
    if (stream !== mine) return;
    const text = video.videoWidth ? await read().catch(() => "") : "";
    if (stream !== mine) return;
    if (text && text !== last) {
      last = text;
      field.value = text;
      form.requestSubmit();
      document.getElementById("door-answer").scrollIntoView({ block: "nearest" });
    }
    window.setTimeout(() => watch(read, mine), EVERY);
  };
  const start = async () => {
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    camera.textContent = "停止摄像头";
    tell("把准考证上的二维码对准画面；读到后自动核验，接着对准下一张即可。");
    watch((await own()) || brought(), stream);
  };
  camera.addEventListener("click", async () => {
    if (stream) {
      stop();
      tell("");
      return;
    }
    camera.disabled = true;
    try {
      await start();
    } catch (error) {
      stop();
      const words = { NotAllowedError: "没有得到使用摄像头的许可：请在浏览器设置中允许", NotFoundError: "没有找到摄像头" };
      tell(`${words[error.name] || "摄像头没有打开，可能正被别的程序使用"}。请用扫码枪，或输入准考证号。`);
    } finally {
      camera.disabled = false;
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && stream) {
      stop();
      tell("");
    }
  });
})();
