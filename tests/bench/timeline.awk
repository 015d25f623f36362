# Draws the "event=stage" lines of a node's log as an SVG timeline, one line per job, and writes to
# /dev/stderr how long the network's device was idle between its first and its last job.
#   awk -f timeline.awk hilum.log > timeline.svg

function field(name,  i) {
  for (i = 1; i <= NF; ++i) if (index($i, name "=") == 1) return substr($i, length(name) + 2)
}
BEGIN {
  colour["read"] = "#8da0cb"; colour["preprocess"] = "#66c2a5"; colour["wait"] = "#dddddd"
  colour["network"] = "#fc8d62"; colour["labels"] = "#e5c494"; colour["encode"] = "#a6d854"
  colour["send"] = "#e78ac3"
  order = "read preprocess wait network labels encode send"
}
/event=stage / {
  ++n; job[n] = field("job"); stage[n] = field("stage")
  from[n] = field("begin_s") + 0; to[n] = field("end_s") + 0
  if (!(job[n] in row)) { row[job[n]] = ++rows; name[rows] = job[n] }
  if (n == 1 || from[n] < first) first = from[n]
  if (n == 1 || to[n] > last) last = to[n]
  total[stage[n]] += to[n] - from[n]
  if (stage[n] == "network") { ++runs; begin[runs] = from[n]; end[runs] = to[n] }
}
END {
  if (n == 0) { print "no event=stage lines" > "/dev/stderr"; exit 1 }
  width = 900; left = 70; high = 22; span = last - first
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", left + width + 20, rows * high + 80
  print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
  count = split(order, names, " ")
  for (i = 1; i <= count; ++i) {
    printf "<rect x=\"%d\" y=\"8\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%d\" y=\"18\">%s</text>\n", left + (i - 1) * 110, colour[names[i]], left + (i - 1) * 110 + 17, names[i]
  }
  for (r = 1; r <= rows; ++r) printf "<text x=\"8\" y=\"%d\">job %s</text>\n", 30 + r * high + 4, name[r]
  for (i = 1; i <= n; ++i) {
    x = left + (from[i] - first) / span * width; w = (to[i] - from[i]) / span * width
    if (w < 0.5) w = 0.5
    printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"14\" fill=\"%s\"><title>job %s: %s %.3f s</title></rect>\n", x, 30 + row[job[i]] * high - 8, w, colour[stage[i]], job[i], stage[i], to[i] - from[i]
  }
  bottom = 30 + rows * high + 14
  printf "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"black\"/>\n", left, bottom, left + width, bottom
  for (i = 0; i <= 5; ++i) {
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%.1f s</text>\n", left + i * width / 5, bottom + 18, i * span / 5
  }
  print "</svg>"

  # Insertion sort: a handful of runs.
  for (i = 2; i <= runs; ++i) {
    b = begin[i]; e = end[i]
    for (k = i - 1; k >= 1 && begin[k] > b; --k) { begin[k + 1] = begin[k]; end[k + 1] = end[k] }
    begin[k + 1] = b; end[k + 1] = e
  }
  for (i = 2; i <= runs; ++i) if (begin[i] > end[i - 1]) { idle += begin[i] - end[i - 1]; if (begin[i] - end[i - 1] > longest) longest = begin[i] - end[i - 1] }
  busy = total["network"]
  for (i = 1; i <= count; ++i) printf "%-11s %8.2f s in all\n", names[i], total[names[i]] > "/dev/stderr"
  printf "%d jobs in %.1f s; device idle %.2f s of %.1f s between its first and last job (longest gap %.3f s)\n", rows, span, idle, end[runs] - begin[1], longest > "/dev/stderr"
}
