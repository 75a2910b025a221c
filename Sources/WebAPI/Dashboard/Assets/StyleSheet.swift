/// How the pages look: calm, dense, the same figures at the same place. Colours come from the ``Palette``, sizes from one scale.
enum StyleSheet {
    static let text =
        ":root{color-scheme:light dark;\(Palette.light.properties)}\n"
        + "@media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}\n" + frame + parts + charts + forms + narrow

    private static let frame = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;overflow-y:scroll}
        body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",\
        "DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        h1,h2,h3,p,ul,ol,dl,dd,pre,table{margin:0;padding:0}
        ul,ol{list-style:none}
        h1{font-size:24px;line-height:1.25;letter-spacing:-.01em}
        h2{font-size:15px;line-height:1.4}
        h3{font-size:15px;line-height:1.4}
        a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
        a:hover{text-decoration-thickness:2px}
        code,pre{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
        :focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
        main:focus{outline:none}
        .wrap{max-width:1240px;margin:0 auto;padding:0 20px}
        .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .skip{position:absolute;left:12px;top:-60px;background:var(--accent);color:var(--on-accent);padding:8px 14px;border-radius:6px;z-index:2}
        .skip:focus{top:10px}
        .quiet{color:var(--quiet)}
        .strong{font-weight:600}
        .icon{width:16px;height:16px;flex:none;fill:currentColor}
        .top{background:var(--surface);border-bottom:1px solid var(--line)}
        .top .wrap{display:flex;align-items:center;gap:8px 28px;min-height:58px;flex-wrap:wrap}
        .brand{display:flex;align-items:center;gap:10px;font-weight:650;color:var(--text);text-decoration:none}
        .mark{width:26px;height:26px}
        .mark rect{fill:var(--accent)}
        .mark path{fill:none;stroke:var(--on-accent);stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}
        .top nav{display:flex;gap:4px}
        .top nav a{padding:8px 12px;border-radius:6px;color:var(--quiet);text-decoration:none;font-weight:500}
        .top nav a:hover{background:var(--sunken);color:var(--text)}
        .top nav a[aria-current]{color:var(--text);box-shadow:inset 0 -2px 0 var(--accent);border-radius:6px 6px 0 0}
        .tools{display:flex;align-items:center;gap:8px;margin-left:auto}
        .button,.live{display:inline-flex;align-items:center;justify-content:center;gap:6px;min-height:36px;padding:6px 14px;border:1px solid var(--control);\
        border-radius:7px;background:var(--surface);color:var(--text);font:inherit;font-weight:500;text-decoration:none;cursor:pointer;white-space:nowrap}
        .button:hover,.live:hover{background:var(--sunken)}
        .button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
        .button.primary:hover{filter:brightness(1.08)}
        .button.plain{border-color:transparent}
        .live{min-width:124px;justify-content:flex-start;border-color:transparent;color:var(--quiet)}
        .live[hidden]{display:none}
        .live::before{content:"";width:9px;height:9px;border-radius:50%;background:var(--ok)}
        .live[data-state=held]::before{background:none;border-radius:0;border:solid var(--quiet);border-width:0 3px;height:10px}
        .live[data-state=slow]::before{background:none;border:2px solid var(--control)}
        .live[data-state=lost]::before{background:none;border:2px solid var(--warn)}
        .told{margin-top:16px;padding:12px 16px;border-radius:8px;border:1px solid var(--ok);background:var(--ok-tint);color:var(--text)}
        main{padding-top:20px!important;padding-bottom:12px!important}
        main>*+*{margin-top:16px}
        main>.unseen+*{margin-top:0}
        footer{padding-bottom:32px!important;color:var(--quiet);font-size:13px}

        """

    private static let parts = """
        .card,.answer{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:18px 20px}
        .heading{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:2px 12px;margin-bottom:12px}
        .heading h2{font-size:16px}
        .aside{color:var(--quiet);font-size:14px;text-align:right}
        .page-head{display:flex;align-items:center;justify-content:space-between;gap:10px 20px;flex-wrap:wrap}
        .crumbs{font-size:14px}
        .empty{display:flex;gap:10px;align-items:flex-start;color:var(--quiet);padding:4px 0}
        .empty .icon{margin-top:3px;color:var(--ok)}
        .answers{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:16px}
        .answer{border-top:3px solid var(--line);min-height:168px}
        .answer h2{font-size:13.5px;font-weight:500;color:var(--quiet)}
        .answer p{font-size:14px}
        .answer .word{display:flex;align-items:center;gap:9px;margin:6px 0 8px;font-size:21px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
        .word .icon{width:20px;height:20px}
        .headline.ok,.headline.busy,.headline.warn,.headline.bad,.headline.idle{border-top-color:currentColor}
        .answer.headline .word{font-size:24px}
        .headline.ok{background:var(--ok-tint)}.headline.busy{background:var(--busy-tint)}.headline.warn{background:var(--warn-tint)}
        .headline.bad{background:var(--bad-tint)}.headline.idle{background:var(--idle-tint)}
        .headline p.quiet,.headline h2{color:var(--text)}
        .headline.ok,.word.ok,.tone.ok{color:var(--ok)}.headline.busy,.word.busy,.tone.busy{color:var(--busy)}
        .headline.warn,.word.warn,.tone.warn{color:var(--warn)}.headline.bad,.word.bad,.tone.bad{color:var(--bad)}
        .headline.idle,.word.idle,.tone.idle{color:var(--idle)}
        .reasons{margin-top:8px;font-size:14px}
        .reason{display:flex;gap:8px;padding:3px 0}
        .reason .icon{width:14px;height:14px;margin-top:4px}
        .reason.warn .icon{color:var(--warn)}.reason.bad .icon{color:var(--bad)}.reason.idle .icon{color:var(--idle)}.reason.busy .icon{color:var(--busy)}
        details summary{cursor:pointer;color:var(--accent);font-size:14px;padding:4px 0;width:fit-content}
        .badge{display:inline-flex;align-items:center;gap:6px;padding:2px 9px 2px 7px;border-radius:999px;font-size:13px;font-weight:600;line-height:20px;white-space:nowrap}
        .badge .icon{width:13px;height:13px}
        .badge.ok{color:var(--ok);background:var(--ok-tint)}.badge.busy{color:var(--busy);background:var(--busy-tint)}
        .badge.warn{color:var(--warn);background:var(--warn-tint)}.badge.bad{color:var(--bad);background:var(--bad-tint)}
        .badge.idle{color:var(--idle);background:var(--idle-tint)}
        .name{font-weight:600}
        .name+.quiet{font-weight:400}
        .subject{text-decoration:none}
        .subject .name{text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:2px}
        .subject:hover .name{text-decoration-thickness:2px}
        .incidents>li{display:grid;grid-template-columns:minmax(0,1.25fr) minmax(0,1fr) auto;gap:6px 24px;padding:14px 0 14px 14px;\
        border-top:1px solid var(--line);box-shadow:inset 3px 0 0 var(--line)}
        .incidents>li:first-child{border-top:0}
        .incident.busy{box-shadow:inset 3px 0 0 var(--busy)!important}.incident.warn{box-shadow:inset 3px 0 0 var(--warn)!important}
        .incident.bad{box-shadow:inset 3px 0 0 var(--bad)!important}
        .incidents p{font-size:14px}
        .next p{margin-top:3px}
        .countdown{display:inline-block;min-width:5.5em;font-weight:600}
        .buttons{display:flex;gap:8px;flex-wrap:wrap;align-items:flex-start}
        .more{margin-top:10px}
        .pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
        .facts{display:flex;flex-wrap:wrap;gap:10px 28px}
        .facts dt{color:var(--quiet);font-size:13px}
        .facts dd{font-weight:500}
        .latest{margin-top:14px;border-top:1px solid var(--line)}
        .latest li{display:grid;grid-template-columns:170px minmax(0,1.2fr) minmax(0,1.4fr) 190px;gap:4px 16px;align-items:center;padding:8px 0;border-bottom:1px solid var(--line);font-size:14px}
        .latest li:last-child{border-bottom:0;padding-bottom:0}
        .latest .badge{justify-self:start}
        .when{text-align:right}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:14px}
        th,td{text-align:left;vertical-align:top;padding:9px 18px 9px 0;border-top:1px solid var(--line);font-weight:400}
        thead th{border-top:0;color:var(--quiet);font-size:13px;padding-top:0}
        tr>:last-child{padding-right:0}
        .list .number,.list [data-label=Rule]{white-space:nowrap}
        .list td:first-child{white-space:nowrap}
        .cause,.line{display:block}
        .settings .value{font-weight:600;min-width:5em}
        .settings .value.quiet{font-weight:400}
        .settings th code{white-space:nowrap}
        .settings td:nth-child(3){min-width:10em}
        .filters{display:flex;gap:4px;flex-wrap:wrap}
        .filters a{padding:6px 12px;border-radius:999px;text-decoration:none;color:var(--quiet);border:1px solid transparent}
        .filters a:hover{background:var(--sunken)}
        .filters a[aria-current]{border-color:var(--control);color:var(--text);background:var(--surface);font-weight:600}
        .pager{display:flex;gap:8px;margin-top:12px}
        .incident-head{display:grid;grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);gap:14px 28px;border-left:4px solid var(--line)}
        .incident-head.ok{border-left-color:var(--ok)}.incident-head.busy{border-left-color:var(--busy)}.incident-head.warn{border-left-color:var(--warn)}
        .incident-head.bad{border-left-color:var(--bad)}
        .incident-head h1{margin:8px 0 4px}
        .incident-head h1 .quiet{font-weight:400;font-size:16px;letter-spacing:0}
        .incident-head .buttons{grid-column:1/-1}
        .columns-2{display:grid;grid-template-columns:minmax(0,1.55fr) minmax(0,1fr);gap:16px;align-items:start}
        .main-column,.side-column{display:grid;gap:16px}
        .side-column .facts{display:grid;gap:8px}
        .side-column .facts>div{display:grid;grid-template-columns:128px minmax(0,1fr);gap:12px}
        .side-column h3{margin-top:12px}
        .story .step{display:grid;grid-template-columns:20px minmax(0,1fr);gap:12px;padding-bottom:16px;position:relative}
        .step:not(:last-child)::before{content:"";position:absolute;left:9px;top:24px;bottom:0;width:2px;background:var(--line)}
        .step:last-child{padding-bottom:0}
        .step>.icon{width:20px;height:20px;margin-top:1px}
        .step.ok>.icon{color:var(--ok)}.step.busy>.icon{color:var(--busy)}.step.warn>.icon{color:var(--warn)}.step.bad>.icon{color:var(--bad)}.step.idle>.icon{color:var(--idle)}
        .step-head{display:flex;gap:12px;justify-content:space-between;align-items:baseline}
        .step details ul{font-size:13.5px;color:var(--quiet);display:grid;gap:4px;margin-top:4px}
        .changes{margin:8px 0 2px;background:var(--sunken);border-radius:8px}
        .changes th,.changes td{padding:7px 12px;border-color:var(--line)}
        .changes thead th{padding-top:8px}
        .changes tr>:last-child{padding-right:12px}
        .changes .after{font-weight:600}
        .changes .before{color:var(--quiet)}
        .changes th,.changes td{overflow-wrap:break-word;min-width:72px}
        .log{background:var(--sunken);border-radius:8px;padding:12px 14px;max-height:340px;overflow:auto;display:flex;flex-direction:column-reverse}
        .log pre{white-space:pre-wrap}
        main.old{opacity:.55}
        .step p.buttons{margin-top:8px}
        .events{margin-top:12px;font-size:14px;display:grid;gap:6px}
        .written{white-space:pre-line;margin-bottom:4px}
        .rules{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;align-items:stretch}
        .rule{display:flex;flex-direction:column;gap:10px}
        .rule .heading{margin:0}
        .rule .facts{display:grid;gap:7px;margin:4px 0}
        .rule .facts>div{display:grid;grid-template-columns:104px minmax(0,1fr);gap:12px}
        .rule .facts dd{font-weight:400}
        .rule .buttons{margin-top:auto}
        .rule:target{outline:3px solid var(--accent);outline-offset:2px}
        .plain li{padding:4px 0}
        .rows li{display:flex;justify-content:space-between;gap:16px;padding:10px 0;border-top:1px solid var(--line)}
        .rows li:first-child{border-top:0}
        .problems{margin:8px 0 12px;padding:10px 14px;border-radius:8px;background:var(--bad-tint);font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}
        .pair .word{display:flex;gap:8px;align-items:center;font-weight:600;margin-bottom:10px}

        """

    private static let charts = """
        .bar.ok,.swatch.ok{fill:var(--ok);background:var(--ok)}.bar.busy,.swatch.busy{fill:var(--busy);background:var(--busy)}
        .bar.warn,.swatch.warn{fill:var(--warn);background:var(--warn)}.bar.bad,.swatch.bad{fill:var(--bad);background:var(--bad)}
        .bar.idle,.swatch.idle{fill:var(--idle);background:var(--idle)}
        .lane{display:grid;grid-template-columns:170px minmax(0,1fr) 34px;gap:14px;align-items:center;min-height:28px}
        .lane svg{width:100%;height:20px;display:block;background:var(--sunken);border-radius:4px}
        .lane-name{font-size:14px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
        .lane-count{text-align:right;color:var(--quiet);font-size:14px}
        .grid{stroke:var(--line)}
        .ticks{display:flex;justify-content:space-between;font-size:12.5px;color:var(--quiet)}
        .legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:8px;font-size:13px;color:var(--quiet)}
        .legend li{display:flex;align-items:center;gap:7px}
        .swatch{width:18px;border-radius:2px}
        .swatch.ok{height:5px}.swatch.busy{height:8px}.swatch.warn,.swatch.idle{height:10px}.swatch.bad{height:14px}
        .pair>.card{display:flex;flex-direction:column}
        .columns{display:grid;grid-template-columns:repeat(8,minmax(0,1fr));gap:8px;margin-bottom:14px}
        .columns li{display:grid;grid-template-rows:20px 120px auto;justify-items:stretch;text-align:center;font-size:12.5px}
        .columns svg{width:100%;height:120px;border-bottom:1px solid var(--control)}
        .column-count{font-weight:600}
        .column-label{color:var(--quiet);padding-top:4px;white-space:nowrap}
        .amount{fill:var(--accent)}
        .none{fill:var(--line)}
        .amounts li{display:grid;grid-template-columns:minmax(0,150px) minmax(60px,1fr) minmax(0,150px);gap:14px;align-items:center;padding:6px 0;font-size:14px}
        .amounts svg{width:100%;height:12px;background:var(--sunken);border-radius:3px}
        .efficacy{display:flex;gap:10px;align-items:center}
        .efficacy svg{width:90px;height:8px;border-radius:4px;flex:none}
        .track{fill:var(--line)}
        .sparks{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:18px 28px}
        .spark{display:grid;gap:6px}
        .spark-name{display:flex;gap:8px;align-items:baseline;justify-content:space-between;font-size:14px}
        .spark svg{width:100%;height:52px;background:var(--sunken);border-radius:4px}
        .spark-text{display:flex;gap:12px;align-items:baseline;font-size:13.5px}
        .spark-text .quiet:last-child{margin-left:auto}
        .figure{font-size:19px;font-weight:650}
        .trace{fill:none;stroke:var(--accent);stroke-width:1.75;stroke-linejoin:round}
        .area{fill:var(--busy-tint)}
        .bound{stroke:var(--bad);stroke-width:1.25;stroke-dasharray:4 4}

        """

    private static let forms = """
        .deed{max-width:680px;margin:24px auto}
        .deed .says{margin:12px 0 4px;display:grid;gap:8px}
        .deed form{margin-top:18px;display:grid;gap:6px}
        label{font-weight:600;margin-top:8px}
        label .quiet{font-weight:400}
        input[type=text],input[type=password],select{font:inherit;color:var(--text);background:var(--surface);border:1px solid var(--control);\
        border-radius:7px;padding:9px 12px;min-height:42px;width:100%}
        .deed .buttons{margin-top:16px}
        .problem{margin-top:14px;padding:12px 16px;border-radius:8px;border:1px solid var(--bad);background:var(--bad-tint)}

        """

    private static let narrow = """
        @media (max-width:1080px){.answers{grid-template-columns:repeat(2,minmax(0,1fr))}.answer{min-height:0}}
        @media (max-width:820px){
        .pair,.rules,.columns-2,.incident-head{grid-template-columns:minmax(0,1fr)}
        .incidents>li{grid-template-columns:minmax(0,1fr)}
        .latest li{grid-template-columns:minmax(0,1fr) auto}
        .latest li>:nth-child(1){grid-row:2}.latest li>:nth-child(4){grid-row:2;grid-column:2}
        .latest li>:nth-child(2),.latest li>:nth-child(3){grid-column:1/-1}
        .latest li>:nth-child(3){grid-row:3}
        }
        @media (max-width:560px){
        .wrap{padding:0 14px}
        .top .wrap{padding-top:8px;gap:4px 10px}
        .top nav{order:3;width:100%;justify-content:space-between}
        .top nav a{padding:10px 8px}
        .live{min-width:44px;min-height:44px;justify-content:center}
        .live[data-state=live] span,.live[data-state=held] span{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .top .brand{min-height:44px}
        .answers{grid-template-columns:minmax(0,1fr);gap:10px}
        .card,.answer{padding:14px 15px}
        .lane{grid-template-columns:minmax(0,1fr) 30px;gap:2px 10px;margin-bottom:8px;min-height:0}
        .lane-name{grid-column:1}.lane-count{grid-column:2;grid-row:1}
        .lane svg,.ticks{grid-column:1/-1}
        .axis .lane-name,.axis .lane-count{display:none}
        .columns{gap:4px}
        .column-label{font-size:11px;white-space:normal;line-height:1.2}
        .amounts li{grid-template-columns:minmax(0,1fr) auto;gap:3px 10px}
        .amounts svg{grid-row:2;grid-column:1/-1}
        .button{min-height:44px}
        .side-column .facts>div,.rule .facts>div{grid-template-columns:100px minmax(0,1fr)}
        .list thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .list,.list tbody,.list tr,.list th,.list td{display:block}
        .list tr{border-top:1px solid var(--line);padding:10px 0}
        .list tr:first-child{border-top:0}
        .list th,.list td{border:0;padding:2px 0}
        .list td[data-label]{display:grid;grid-template-columns:110px minmax(0,1fr);gap:10px}
        .list td[data-label]::before{content:attr(data-label);color:var(--quiet)}
        .step-head{flex-wrap:wrap;gap:0 12px}
        .changes thead{display:none}
        .changes,.changes tbody{display:block}
        .changes tr{display:flex;flex-wrap:wrap;gap:2px 10px;padding:8px 12px}
        .changes tr+tr{border-top:1px solid var(--line)}
        .changes th,.changes td,.changes tr>:last-child{padding:0;border:0}
        .changes th{width:100%}
        }
        @media (prefers-reduced-motion:no-preference){.button,.live{transition:background-color .12s}}
        @media (forced-colors:active){.card,.answer,.badge{border:1px solid}}
        @media print{.top nav,.tools,.buttons{display:none}}

        """
}
