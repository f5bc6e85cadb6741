/**
 * An answer without video. A transceiver that was stopped is to be answered with port 0 (RFC 8829 §5.3.1); libwebrtc, in
 * Chromium and Safari, answers `a=inactive` instead, and can then take no video in its place later on. So the lines are
 * made what they should be; where they are, nothing changes.
 */
export function refuseVideo(answer: string): string {
  const sections = answer.split(/^(?=m=)/m);
  const refused = sections.filter((section) => section.startsWith("m=video "));
  const mids = refused.map((section) => /^a=mid:(\S+)/m.exec(section)?.[1]);
  return sections
    .map((section) => section.replace(/^m=video \d+ /, "m=video 0 "))
    .join("")
    .replace(/^a=group:BUNDLE .*$/m, (group) =>
      group
        .split(" ")
        .filter((word) => !mids.includes(word.trim()))
        .join(" "),
    );
}
