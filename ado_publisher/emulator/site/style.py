"""The one stylesheet of all pages. Outcomes always carry their name, so colour is never the only sign."""

STYLE = """
:root{--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--bar:#0f4c81;--back:#f6f8fa;--link:#0b5cad}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;margin:0;color:var(--ink);
background:var(--back)}
header{background:var(--bar);color:#fff;padding:.7rem 1.5rem;display:flex;flex-wrap:wrap;gap:.2rem .9rem;
align-items:baseline}
header a{color:#fff;font-weight:600;text-decoration:none}header a:hover{text-decoration:underline}
header span{margin-left:auto;opacity:.85;font-size:.85rem}
main{max-width:78rem;margin:0 auto;padding:0 1.5rem 3rem}
nav{margin:.8rem 0 0;font-size:.9rem;color:var(--soft)}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
h1{font-size:1.45rem;line-height:1.25;margin:.5rem 0 .8rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.8rem 0 .5rem}h3{font-size:1rem;margin:1.1rem 0 .4rem}
table{border-collapse:collapse;width:100%;background:#fff;border:1px solid var(--line)}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem;border-bottom:1px solid #e6eaef}
th{background:#eef2f6;font-size:.85rem;color:#3d4752;white-space:nowrap}
td{overflow-wrap:anywhere}td.w{white-space:nowrap;overflow-wrap:normal}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.1rem;margin:0;background:#fff;
border:1px solid var(--line);padding:.7rem .9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;min-width:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;background:#f1f3f6;padding:.55rem .7rem;
border-left:3px solid var(--line);max-height:30rem;overflow:auto;
font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
pre.bad{border-left-color:#b3261e;background:#fff5f4}
dd pre{background:none;border:0;padding:0;margin:0;font:inherit}
code{background:#eaeef2;padding:.1rem .3rem;overflow-wrap:anywhere}
.o{display:inline-block;border-radius:.3rem;padding:0 .5rem;background:#57606a;color:#fff;font-size:.85rem;
white-space:nowrap}
.o b{font-weight:400;margin-right:.35em}
.Passed{background:#1a7f37}.Failed,.Error,.Timeout,.Aborted{background:#b3261e}
.Blocked,.Warning,.Inconclusive{background:#8a5a00}.InProgress,.Pending,.Paused{background:#0f4c81}
.Active{background:#fff;color:#3d4752;box-shadow:inset 0 0 0 1px #8c959f}
.q{color:var(--soft);font-size:.9rem}.t{display:flex;flex-wrap:wrap;gap:.3rem}
.tabs{display:flex;gap:1.2rem;border-bottom:1px solid var(--line);margin:.9rem 0 1rem}
.tabs a{padding:.3rem 0}.tabs a.here{border-bottom:3px solid var(--bar);font-weight:600;color:var(--ink)}
.bar{display:flex;height:.7rem;border-radius:.35rem;overflow:hidden;background:#d8dee4;margin:.5rem 0}
.bar{width:100%;fill:#57606a}.bar .Passed{fill:#1a7f37}.bar .Active{fill:#d8dee4}
.bar .Failed,.bar .Error,.bar .Timeout,.bar .Aborted{fill:#b3261e}
.bar .Blocked,.bar .Warning,.bar .Inconclusive{fill:#8a5a00}.bar .InProgress,.bar .Pending{fill:#0f4c81}
details{background:#fff;border:1px solid var(--line);margin:.5rem 0}
details>:not(summary){margin-left:.9rem;margin-right:.9rem}
details>table{width:calc(100% - 1.8rem);margin-bottom:.8rem}details>details{margin-bottom:.8rem}
summary{cursor:pointer;padding:.4rem .7rem;overflow-wrap:anywhere}summary .o{margin-left:.25rem}
img{max-width:100%;height:auto;border:1px solid var(--line);background:#fff;margin-top:.3rem}
figure{margin:.6rem 0}figcaption{overflow-wrap:anywhere}
@media(min-width:641px){
details>table{table-layout:fixed}details th:first-child{width:30%}details th:nth-child(2){width:8rem}
details th:nth-child(5){width:6rem}details th:nth-child(7){width:11.5rem}
}
@media(max-width:640px){
header,main{padding-left:.8rem;padding-right:.8rem}header span{display:none}
table.r,.r tbody,.r tr,.r td{display:block;width:100%}.r thead{display:none}
.r tr{border-bottom:1px solid var(--line);padding:.35rem 0}.r td{border:0;padding:.12rem .7rem}
.r td.w{white-space:normal}.r td:empty{display:none}
.r td::before{content:attr(data-l);display:inline-block;width:7rem;color:var(--soft);font-size:.85rem}
.r td.h::before{display:none}
dl{grid-template-columns:7rem 1fr;gap:.2rem .4rem;padding:.6rem .7rem}
details>:not(summary){margin-left:.4rem;margin-right:.4rem}details>table.r{width:calc(100% - .8rem)}
}
"""
