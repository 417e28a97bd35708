from . import Corpus

corpus = Corpus("matplotlib", "matplotlib")
carried = corpus.carried
M = "import matplotlib.pyplot as plt, io\n"
SAME = "def png(f):\n    b = io.BytesIO(); f.savefig(b); return b.getvalue()\n"

carried("figures, drawn alike", M + SAME + "f, a = plt.subplots(); a.plot([1, 2, 4], label='l'); a.set_title('t'); a.legend(); p = png(f); plt.close(f)", "assert png(f) == p and f.axes[0] is a and a.get_title() == 't'; a.plot([4, 1]); assert png(f) != p")
carried("several axes and their artists", M + "f, axes = plt.subplots(2, 2, sharex=True); l, = axes[0, 0].plot([1, 3]); i = axes[1, 1].imshow([[1, 2], [3, 4]]); c = f.colorbar(i); plt.close(f)", "assert f.axes[0] is axes[0, 0] and l.axes is axes[0, 0] and list(l.get_ydata()) == [1, 3] and c.mappable is i; l.set_ydata([5, 6]); f.canvas.draw()")
carried("three-dimensional, polar and bar charts", M + "f = plt.figure(); a = f.add_subplot(131, projection='3d'); a.scatter([1], [2], [3]); p = f.add_subplot(132, projection='polar'); b = f.add_subplot(133).bar(['x'], [1]); plt.close(f)", "f.canvas.draw(); assert a.name == '3d' and p.name == 'polar' and b[0].get_height() == 1")
carried("parameters", M + "plt.rcParams['lines.linewidth'] = 3.5; r = plt.rcParams; plt.style.use('ggplot')", "import matplotlib; assert plt.rcParams['lines.linewidth'] == 3.5 and r is matplotlib.rcParams and plt.rcParams['axes.grid']")
carried("colour maps, norms, locators, paths", M + "import matplotlib as m, matplotlib.colors as c, matplotlib.ticker as k, matplotlib.path as p\nx = [m.colormaps['viridis'], c.LogNorm(1, 10), k.MultipleLocator(2), p.Path([[0, 0], [1, 1]]), c.ListedColormap(['r', 'g'])]; v = x[0](0.5)", "assert x[0](0.5) == v and x[1](10) == 1 and x[4].N == 2 and len(x[3]) == 2")
carried("functions of pyplot", M + "from matplotlib.pyplot import show, plot, figure", "assert show is plt.show and plot is plt.plot and figure is plt.figure")
carried("figures made without pyplot", "from matplotlib.figure import Figure\nf = Figure(); a = f.subplots(); a.plot([1])", "f.canvas.draw(); assert f.axes == [a]")
